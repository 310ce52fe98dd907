import { Controller, Get, Headers, Inject, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Needs } from '../access/access-guard.adapter.js';
import { WardroundError } from '../shared/errors.js';
import { Assets } from './assets.adapter.js';
import { pageHeaders } from './page-headers.adapter.js';

const aYear = 'public, max-age=31536000, immutable';

/** Style, script and icons. */
@Controller('assets')
export class AssetsController {
  constructor(@Inject(Assets) private readonly assets: Assets) {}

  /** With its hash in the address a file is kept forever; without, it is asked for again by its ETag. */
  @Get(':name')
  @Needs('nothing')
  file(
    @Param('name') name: string,
    @Query('v') version: string | undefined,
    @Headers('if-none-match') known: string | undefined,
    @Res() reply: FastifyReply,
  ): void {
    const asset = this.assets.find(name);
    if (!asset) throw new WardroundError('not-found', `there is no file "${name}"`);
    const etag = `"${asset.hash}"`;
    pageHeaders(reply, version === asset.hash ? aYear : 'no-cache').header('etag', etag);
    if (known?.split(/, */).some((tag) => tag === etag || tag === `W/${etag}`)) void reply.code(304).send();
    else void reply.header('content-type', asset.type).send(asset.body);
  }
}

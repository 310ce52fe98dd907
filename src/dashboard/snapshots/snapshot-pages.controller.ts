import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Asking, Needs } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { checkQuery } from '../list-query.js';
import { sendHtml } from '../page-headers.adapter.js';
import { PageRenderer } from '../page-renderer.service.js';
import { WardNow } from '../ward-now.service.js';
import { SnapshotPages } from './snapshot-pages.service.js';
import { snapshotsQuerySchema } from './snapshots-query.js';

/** The list of snapshots. */
@Controller()
export class SnapshotPagesController {
  constructor(
    @Inject(SnapshotPages) private readonly pages: SnapshotPages,
    @Inject(WardNow) private readonly ward: WardNow,
    @Inject(PageRenderer) private readonly renderer: PageRenderer,
  ) {}

  @Get('snapshots')
  @Needs('read-status')
  async snapshots(@Asking() principal: Principal, @Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.ward.read(principal);
    const model = await this.pages.snapshots(principal, checkQuery(snapshotsQuerySchema, query), rows, here);
    sendHtml(reply, this.renderer.page('snapshots', rows, here, model));
  }
}

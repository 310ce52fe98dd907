import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
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
  async snapshots(@Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.ward.read();
    const model = await this.pages.snapshots(checkQuery(snapshotsQuerySchema, query), rows, here);
    sendHtml(reply, this.renderer.page('snapshots', rows, here, model));
  }
}

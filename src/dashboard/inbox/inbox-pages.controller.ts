import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Asking, Needs } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { checkQuery, timeQuerySchema } from '../list-query.js';
import { sendHtml } from '../page-headers.adapter.js';
import { PageRenderer } from '../page-renderer.service.js';
import { WardNow } from '../ward-now.service.js';
import { InboxPages } from './inbox-pages.service.js';

/** The inbox, and one message in it. */
@Controller()
export class InboxPagesController {
  constructor(
    @Inject(InboxPages) private readonly pages: InboxPages,
    @Inject(WardNow) private readonly ward: WardNow,
    @Inject(PageRenderer) private readonly renderer: PageRenderer,
  ) {}

  @Get('inbox')
  @Needs('read-messages')
  async inbox(@Asking() principal: Principal, @Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.ward.read(principal);
    const model = await this.pages.inbox(principal, checkQuery(timeQuerySchema, query), rows, here);
    sendHtml(reply, this.renderer.page('inbox', rows, here, model));
  }

  @Get('inbox/:id')
  @Needs('read-messages')
  async message(@Asking() principal: Principal, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.ward.read(principal);
    const message = await this.pages.message(principal, id, rows, here);
    sendHtml(reply, this.renderer.page('message', rows, here, { message }));
  }
}

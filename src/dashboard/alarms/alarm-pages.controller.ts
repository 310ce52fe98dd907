import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Asking, Needs } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { checkQuery, timeQuerySchema } from '../list-query.js';
import { sendHtml } from '../page-headers.adapter.js';
import { PageRenderer } from '../page-renderer.service.js';
import { WardNow } from '../ward-now.service.js';
import { AlarmPages } from './alarm-pages.service.js';

/** The page of alarms. */
@Controller()
export class AlarmPagesController {
  constructor(
    @Inject(AlarmPages) private readonly pages: AlarmPages,
    @Inject(WardNow) private readonly ward: WardNow,
    @Inject(PageRenderer) private readonly renderer: PageRenderer,
  ) {}

  @Get('alarms')
  @Needs('read-status')
  async alarms(@Asking() principal: Principal, @Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.ward.read(principal);
    const model = await this.pages.alarms(principal, checkQuery(timeQuerySchema, query), rows, here);
    sendHtml(reply, this.renderer.page('alarms', rows, here, model));
  }
}

import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
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
  async alarms(@Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.ward.read();
    const model = await this.pages.alarms(checkQuery(timeQuerySchema, query), rows, here);
    sendHtml(reply, this.renderer.page('alarms', rows, here, model));
  }
}

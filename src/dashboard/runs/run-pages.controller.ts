import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Asking, Needs } from '../../access/access-guard.adapter.js';
import type { Principal } from '../../access/principal.js';
import { checkQuery } from '../list-query.js';
import { sendHtml } from '../page-headers.adapter.js';
import { PageRenderer } from '../page-renderer.service.js';
import { PageTemplates } from '../templates.adapter.js';
import { WardNow } from '../ward-now.service.js';
import { RunPages } from './run-pages.service.js';
import { runQuerySchema, runsQuerySchema } from './runs-query.js';

/** The list of runs, and the page of one. */
@Controller()
export class RunPagesController {
  constructor(
    @Inject(RunPages) private readonly pages: RunPages,
    @Inject(WardNow) private readonly ward: WardNow,
    @Inject(PageRenderer) private readonly renderer: PageRenderer,
    @Inject(PageTemplates) private readonly templates: PageTemplates,
  ) {}

  @Get('runs')
  @Needs('read-status')
  async runs(@Asking() principal: Principal, @Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.ward.read(principal);
    const model = await this.pages.runs(principal, checkQuery(runsQuerySchema, query), rows, here);
    sendHtml(reply, this.renderer.page('runs', rows, here, model));
  }

  @Get('runs/:id')
  @Needs('read-status')
  async run(
    @Asking() principal: Principal,
    @Param('id') id: string,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { rows, here } = await this.ward.read(principal);
    const model = await this.pages.run(principal, id, checkQuery(runQuerySchema, query), rows, here);
    sendHtml(reply, this.renderer.page('run', rows, here, model));
  }

  @Get('fragments/run/:id')
  @Needs('read-status')
  async part(@Asking() principal: Principal, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.ward.read(principal);
    sendHtml(reply, this.templates.part('section-run', await this.pages.run(principal, id, {}, rows, here)));
  }
}

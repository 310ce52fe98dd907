import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { WardroundError } from '../shared/errors.js';
import { runQuerySchema, runsQuerySchema, snapshotsQuerySchema, timeQuerySchema } from './list-query.js';
import { sendHtml } from './page-headers.adapter.js';
import { PageRenderer } from './page-renderer.service.js';
import { PagesService } from './pages.service.js';
import { SystemPages } from './system-pages.service.js';

/** The pages of the board. */
@Controller()
export class PagesController {
  constructor(
    @Inject(PagesService) private readonly pages: PagesService,
    @Inject(PageRenderer) private readonly renderer: PageRenderer,
    @Inject(SystemPages) private readonly systemPages: SystemPages,
  ) {}

  @Get()
  async board(@Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.overall();
    const board = await this.pages.board(rows, here);
    sendHtml(reply, this.renderer.page('board', rows, here, { ...board, problems: this.pages.problems(here) }));
  }

  @Get('runs')
  async runs(@Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.overall();
    const model = await this.pages.runs(checkQuery(runsQuerySchema, query), rows, here);
    sendHtml(reply, this.renderer.page('runs', rows, here, model));
  }

  @Get('runs/:id')
  async run(@Param('id') id: string, @Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.overall();
    const model = await this.pages.run(id, checkQuery(runQuerySchema, query), rows, here);
    sendHtml(reply, this.renderer.page('run', rows, here, model));
  }

  @Get('snapshots')
  async snapshots(@Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.overall();
    const model = await this.pages.snapshots(checkQuery(snapshotsQuerySchema, query), rows, here);
    sendHtml(reply, this.renderer.page('snapshots', rows, here, model));
  }

  @Get('alarms')
  async alarms(@Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.overall();
    const past = await this.pages.pastAlarms(checkQuery(timeQuerySchema, query), rows, here);
    sendHtml(reply, this.renderer.page('alarms', rows, here, { ...this.pages.openAlarms(rows, here), ...past }));
  }

  @Get('inbox')
  async inbox(@Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.overall();
    const model = await this.pages.inbox(checkQuery(timeQuerySchema, query), rows, here);
    sendHtml(reply, this.renderer.page('inbox', rows, here, model));
  }

  @Get('inbox/:id')
  async message(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const { rows, here } = await this.overall();
    const message = await this.pages.message(id, rows, here);
    sendHtml(reply, this.renderer.page('message', rows, here, { message }));
  }

  @Get('system')
  async system(@Res() reply: FastifyReply): Promise<void> {
    const here = this.pages.here();
    sendHtml(reply, await this.renderer.pageAnyhow('system', here, await this.systemPages.part(here)));
  }

  private async overall() {
    const here = this.pages.here();
    return { here, rows: await this.pages.overall(here) };
  }
}

/** @throws WardroundError `bad-request` */
export function checkQuery<Schema extends z.ZodType>(schema: Schema, query: unknown): z.output<Schema> {
  const checked = schema.safeParse(query);
  if (checked.success) return checked.data;
  const faults = checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new WardroundError('bad-request', `the address says something that is not understood: ${faults.join('; ')}`);
}

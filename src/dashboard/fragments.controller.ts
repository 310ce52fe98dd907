import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { WardroundError } from '../shared/errors.js';
import type { ServerCard } from './board-page.js';
import type { Here } from './humanise.js';
import { runsQuerySchema, snapshotsQuerySchema, timeQuerySchema } from './list-query.js';
import { sendHtml } from './page-headers.adapter.js';
import { checkQuery } from './pages.controller.js';
import { PagesService } from './pages.service.js';
import type { Ward } from '../ward/ward.js';
import { statusStrip } from './status-strip.js';
import { undeliveredPart } from './undelivered-part.js';
import { SystemPages } from './system-pages.service.js';
import { PageTemplates } from './templates.adapter.js';

/** The parts of pages, as they are now: what a page fetches when it hears that a part has changed. */
@Controller('fragments')
export class FragmentsController {
  constructor(
    @Inject(PagesService) private readonly pages: PagesService,
    @Inject(PageTemplates) private readonly templates: PageTemplates,
    @Inject(SystemPages) private readonly systemPages: SystemPages,
  ) {}

  @Get('run/:id')
  async run(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const here = this.pages.here();
    const rows = await this.pages.overall(here);
    sendHtml(reply, this.templates.part('section-run', await this.pages.run(id, {}, rows, here)));
  }

  /** Not with the others: it is there also while the state of the whole cannot be read. */
  @Get('system')
  async system(@Res() reply: FastifyReply): Promise<void> {
    sendHtml(reply, this.templates.part('section-system', await this.systemPages.part(this.pages.here())));
  }

  @Get(':name')
  async section(@Param('name') name: string, @Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const here = this.pages.here();
    const rows = await this.pages.overall(here);
    sendHtml(reply, await this.render(name, query, rows, here));
  }

  private async render(name: string, query: unknown, rows: Ward, here: Here): Promise<string> {
    const { pages, templates } = this;
    switch (name) {
      case 'status':
        return templates.part('section-status', statusStrip(rows, here));
      case 'problems':
        return templates.part('section-problems', pages.problems(here));
      case 'undelivered':
        return templates.part('section-undelivered', undeliveredPart(rows, here));
      case 'alarms':
        return templates.part('section-alarms', pages.openAlarms(rows, here));
      case 'servers':
        return templates.part('section-servers', {
          servers: await pages.servers(rows, here, { charts: true, jobs: true }),
        });
      case 'server-heads':
        return this.ofEachServer('server-head', await pages.servers(rows, here, {}));
      case 'checkups':
        return this.ofEachServer('server-checkups', await pages.servers(rows, here, { charts: true }));
      case 'jobs':
        return this.ofEachServer('server-jobs', await pages.servers(rows, here, { jobs: true }));
      case 'inbox':
        return templates.part('section-inbox', {
          ...{ messages: await pages.newestMessages(rows, here), src: '/fragments/inbox', short: true, pager: false },
        });
      case 'inbox-list':
        return templates.part('section-inbox', { ...(await pages.inbox({}, rows, here)), short: false });
      case 'runs':
        return templates.part('section-runs', await pages.runs(checkQuery(runsQuerySchema, query), rows, here));
      case 'snapshots':
        return templates.part(
          'section-snapshots',
          await pages.snapshots(checkQuery(snapshotsQuerySchema, query), rows, here),
        );
      case 'past-alarms':
        return templates.part(
          'section-past-alarms',
          await pages.pastAlarms(checkQuery(timeQuerySchema, query), rows, here),
        );
      default:
        throw new WardroundError('not-found', `there is no section "${name}"`);
    }
  }

  private ofEachServer(part: string, servers: readonly ServerCard[]): string {
    return servers.map((server) => this.templates.part(part, server)).join('\n');
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { may, type Principal } from '../../access/principal.js';
import type { ProtocolLineRow } from '../../backups/views/runs/runs.entity.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import type { Ward } from '../../ward/ward.js';
import { alarmsPart } from '../alarms/alarm-card.js';
import type { Here } from '../humanise.js';
import { InboxPages } from '../inbox/inbox-pages.service.js';
import type { Page } from '../page.js';
import { PageTemplates } from '../templates.adapter.js';
import { serversPart, type ServerCard } from './board-page.js';
import { readNewestLines, readVerified } from './board-state.adapter.js';
import type { Chart } from './chart.js';
import { Charts } from './charts.adapter.js';
import { ConfigurationProblems } from './configuration-problems.service.js';
import { undeliveredPart } from './undelivered-part.js';

/** Makes the models of the first page and of its parts. */
@Injectable()
export class BoardPages implements Page {
  readonly needs = 'read-status';
  readonly sections: Page['sections'] = {
    undelivered: ({ rows, here }) => this.templates.part('section-undelivered', undeliveredPart(rows, here)),
    servers: async ({ principal, rows, here }) =>
      this.templates.part('section-servers', {
        servers: await this.servers(principal, rows, here, { charts: true, jobs: true }),
      }),
    'server-heads': async ({ principal, rows, here }) =>
      this.ofEachServer('server-head', await this.servers(principal, rows, here, {})),
    checkups: async ({ principal, rows, here }) =>
      this.ofEachServer('server-checkups', await this.servers(principal, rows, here, { charts: true })),
    jobs: async ({ principal, rows, here }) =>
      this.ofEachServer('server-jobs', await this.servers(principal, rows, here, { jobs: true })),
  };

  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(Charts) private readonly charts: Charts,
    @Inject(InboxPages) private readonly inbox: Pick<InboxPages, 'needs' | 'newest'>,
    @Inject(PageTemplates) private readonly templates: PageTemplates,
    @Inject(ConfigurationProblems) private readonly problems: Pick<ConfigurationProblems, 'part'>,
  ) {}

  async board(principal: Principal, rows: Ward, here: Here) {
    return {
      ...alarmsPart(rows, here),
      ...undeliveredPart(rows, here),
      servers: await this.servers(principal, rows, here, { charts: true, jobs: true }),
      messages: may(principal, this.inbox.needs) ? await this.inbox.newest(principal, rows, here) : [],
      problems: this.problems.part(principal, here),
    };
  }

  /** @param shown what the part of the page shows: the rest is not read */
  private async servers(
    principal: Principal,
    rows: Ward,
    here: Here,
    shown: { readonly charts?: boolean; readonly jobs?: boolean },
  ) {
    const { read } = this.store;
    const checkups = rows.servers.flatMap((server) => server.checkups);
    const details = {
      charts: shown.charts
        ? await this.charts.of(principal, read, checkups, here.now, here.locale)
        : new Map<string, Chart | null>(),
      newestLines: shown.jobs ? await readNewestLines(principal, read, rows) : new Map<string, ProtocolLineRow[]>(),
      verified: shown.jobs ? await readVerified(principal, read, runsInHand(rows)) : new Map<string, string[]>(),
    };
    return serversPart(rows, details, here);
  }

  private ofEachServer(part: string, servers: readonly ServerCard[]): string {
    return servers.map((server) => this.templates.part(part, server)).join('\n');
  }
}

function runsInHand({ servers }: Ward): string[] {
  const last = servers.flatMap(({ jobs }) => jobs.map((job) => job.last));
  return last.flatMap((run) => (run?.outcome === 'running' ? [run.runId] : []));
}

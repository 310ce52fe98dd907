import { Inject, Injectable } from '@nestjs/common';
import { basename } from 'node:path';
import type { z } from 'zod';
import { ConfigurationService } from '../configuration/configuration.service.js';
import { WardroundError } from '../shared/errors.js';
import { CLOCK, type Clock } from '../shared/instant.js';
import { ownTimeZone } from '../shared/own-time-zone.adapter.js';
import { dutiesOf } from '../shared/duties.js';
import { SETTINGS, type Settings } from '../shared/settings.js';
import { listAlarms } from '../rules/views/alarms/alarms.queries.js';
import { findMessage, listMessages } from '../notifications/views/messages/messages.queries.js';
import { findRun, listRuns, newestProtocolLines, protocolOf } from '../backups/views/runs/runs.queries.js';
import type { ProtocolLineRow, RunRow } from '../backups/views/runs/runs.entity.js';
import { listSnapshots } from '../backups/views/snapshots/snapshots.queries.js';
import { ViewStore } from '../store/view-store.adapter.js';
import { readWard } from '../ward/ward.adapter.js';
import { readNewestLines, readVerified } from './board-rows.adapter.js';
import { alarmsPart, serversPart } from './board-page.js';
import { alarmCard, serverTitles } from './cards.js';
import type { Chart } from './chart.js';
import { Charts } from './charts.adapter.js';
import { count, type Here } from './humanise.js';
import { messageCard } from './inbox-page.js';
import {
  timeKeyOf,
  type runQuerySchema,
  type runsQuerySchema,
  type snapshotsQuerySchema,
  type timeQuerySchema,
} from './list-query.js';
import { href, jobLinks, outcomeLinks, pager, snapshotCards } from './list-pages.js';
import type { Ward } from '../ward/ward.js';
import { runCard, type RunTitles } from './run-card.js';
import { linesPerPage, linesShown, runPage } from './run-page.js';
import { jobTitles } from './status-strip.js';
import { undeliveredPart } from './undelivered-part.js';

const itemsPerPage = 50;
const messagesOnBoard = 8;
const locale = 'en-GB';

/** Reads what a page shows and makes its model. Each method gives the model of one page; a section's is a part of it. */
@Injectable()
export class PagesService {
  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(ConfigurationService) private readonly configuration: Pick<ConfigurationService, 'problems'>,
    @Inject(Charts) private readonly charts: Charts,
  ) {}

  here(): Here {
    return { now: this.clock.now(), timeZone: ownTimeZone(), locale, duties: dutiesOf(this.settings) };
  }

  overall(here: Here): Promise<Ward> {
    return readWard(this.store.read, here.now);
  }

  problems(here: Here) {
    const problems = this.configuration.problems();
    return {
      file: basename(this.settings.configFile),
      count: count(problems.length, here),
      problems: problems.map(({ line, path, message, advice }) => ({ line: String(line), path, message, advice })),
    };
  }

  async board(rows: Ward, here: Here) {
    const servers = await this.servers(rows, here, { charts: true, jobs: true });
    return {
      ...alarmsPart(rows, here),
      ...undeliveredPart(rows, here),
      servers,
      messages: await this.newestMessages(rows, here),
    };
  }

  /** @param shown what the part of the page shows: the rest is not read */
  async servers(rows: Ward, here: Here, shown: { readonly charts?: boolean; readonly jobs?: boolean }) {
    const { read } = this.store;
    const checkups = rows.servers.flatMap((server) => server.checkups);
    const details = {
      charts: shown.charts
        ? await this.charts.of(read, checkups, here.now, here.locale)
        : new Map<string, Chart | null>(),
      newestLines: shown.jobs ? await readNewestLines(read, rows) : new Map<string, ProtocolLineRow[]>(),
      verified: shown.jobs ? await readVerified(read, runsInHand(rows)) : new Map<string, string[]>(),
    };
    return serversPart(rows, details, here);
  }

  async newestMessages(rows: Ward, here: Here) {
    const page = { limit: messagesOnBoard, after: null };
    const { items } = await listMessages(this.store.read, { deliveredBy: 'inbox' }, page);
    return items.map((message) => messageCard(message, jobTitles(rows), here));
  }

  openAlarms(rows: Ward, here: Here) {
    return alarmsPart(rows, here);
  }

  async runs(query: z.infer<typeof runsQuerySchema>, rows: Ward, here: Here) {
    const { job, outcome } = query;
    const after = timeKeyOf(query);
    const filter = { ...(job === undefined ? {} : { job }), ...(outcome === undefined ? {} : { outcome }) };
    const page = await listRuns(this.store.read, filter, { limit: itemsPerPage, after });
    return {
      runs: page.items.map((run) => runCard(run, titlesOf(run, rows), [], here)),
      filtered: job !== undefined || outcome !== undefined,
      src: href('/fragments/runs', filter),
      pager: pager('/runs', filter, page.next, after !== null),
      outcomes: outcomeLinks(filter),
      jobs: jobLinks('/runs', rows, filter),
    };
  }

  /** @throws WardroundError `not-found` */
  async run(runId: string, { upTo }: z.infer<typeof runQuerySchema>, rows: Ward, here: Here) {
    const { read } = this.store;
    const run = await findRun(read, runId);
    if (!run) throw new WardroundError('not-found', `there is no run "${runId}"`);
    const total = (await newestProtocolLines(read, runId, 1))[0]?.number ?? 0;
    const { after, last } = linesShown(upTo ?? null, total);
    const lines = await protocolOf(read, runId, after, Math.min(linesPerPage, last - after));
    const verified = (await readVerified(read, [runId])).get(runId) ?? [];
    return runPage({ run, titles: titlesOf(run, rows), verified, lines, total }, here);
  }

  async snapshots({ job, after }: z.infer<typeof snapshotsQuerySchema>, rows: Ward, here: Here) {
    const filter = job === undefined ? {} : { job };
    const page = await listSnapshots(this.store.read, filter, { limit: itemsPerPage, after: after ?? null });
    return {
      snapshots: snapshotCards(page.items, { job: jobTitles(rows), server: serverTitles(rows.servers) }, here),
      filtered: job !== undefined,
      src: href('/fragments/snapshots', filter),
      pager: pager('/snapshots', filter, page.next && { after: JSON.stringify(page.next) }, after !== undefined),
      jobs: jobLinks('/snapshots', rows, filter),
    };
  }

  async pastAlarms(query: z.infer<typeof timeQuerySchema>, rows: Ward, here: Here) {
    const after = timeKeyOf(query);
    const page = await listAlarms(this.store.read, { open: false }, { limit: itemsPerPage, after });
    const titles = serverTitles(rows.servers);
    return {
      past: page.items.map((alarm) => alarmCard(alarm, titles, here)),
      pager: pager('/alarms', {}, page.next, after !== null),
    };
  }

  async inbox(query: z.infer<typeof timeQuerySchema>, rows: Ward, here: Here) {
    const after = timeKeyOf(query);
    const page = await listMessages(this.store.read, { deliveredBy: 'inbox' }, { limit: itemsPerPage, after });
    return {
      messages: page.items.map((message) => messageCard(message, jobTitles(rows), here)),
      src: after === null ? '/fragments/inbox-list' : '',
      pager: pager('/inbox', {}, page.next, after !== null),
    };
  }

  /** @throws WardroundError `not-found` */
  async message(messageId: string, rows: Ward, here: Here) {
    const message = await findMessage(this.store.read, messageId);
    if (message?.state !== 'delivered') throw new WardroundError('not-found', `there is no message "${messageId}"`);
    return messageCard(message, jobTitles(rows), here);
  }
}

function titlesOf(run: RunRow, rows: Ward): RunTitles {
  return { job: jobTitles(rows)(run), server: serverTitles(rows.servers)(run.site, run.server) };
}

function runsInHand({ servers }: Ward): string[] {
  const last = servers.flatMap(({ jobs }) => jobs.map((job) => job.last));
  return last.flatMap((run) => (run?.outcome === 'running' ? [run.runId] : []));
}

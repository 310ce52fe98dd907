import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal.js';
import type { z } from 'zod';
import type { RunRow } from '../../backups/views/runs/runs.entity.js';
import { findRun, listRuns, newestProtocolLines, protocolOf } from '../../backups/views/runs/runs.queries.js';
import { WardroundError } from '../../shared/errors.js';
import { ViewStore } from '../../store/view-store.adapter.js';
import type { Ward } from '../../ward/ward.js';
import { readVerified } from '../board/board-state.adapter.js';
import type { Here } from '../humanise.js';
import { checkQuery, timeKeyOf } from '../list-query.js';
import { href, itemsPerPage, jobLinks, pager } from '../lists.js';
import type { Page } from '../page.js';
import { PageTemplates } from '../templates.adapter.js';
import { jobTitles, serverTitles } from '../titles.js';
import { outcomeLinks } from './outcome-links.js';
import { runCard, type RunTitles } from './run-card.js';
import { linesPerPage, linesShown, runPage } from './run-page.js';
import { runsQuerySchema, type runQuerySchema } from './runs-query.js';

/** Makes the models of the list of runs and of the page of one. */
@Injectable()
export class RunPages implements Page {
  readonly needs = 'read-status';
  readonly sections: Page['sections'] = {
    runs: async ({ principal, query, rows, here }) =>
      this.templates.part('section-runs', await this.runs(principal, checkQuery(runsQuerySchema, query), rows, here)),
  };

  constructor(
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(PageTemplates) private readonly templates: PageTemplates,
  ) {}

  async runs(principal: Principal, query: z.output<typeof runsQuerySchema>, rows: Ward, here: Here) {
    const { job, outcome } = query;
    const after = timeKeyOf(query);
    const filter = { ...(job === undefined ? {} : { job }), ...(outcome === undefined ? {} : { outcome }) };
    const page = await listRuns(principal, this.store.read, { name: job, outcome }, { limit: itemsPerPage, after });
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
  async run(principal: Principal, runId: string, { upTo }: z.output<typeof runQuerySchema>, rows: Ward, here: Here) {
    const { read } = this.store;
    const run = await findRun(principal, read, runId);
    if (!run) throw new WardroundError('not-found', `there is no run "${runId}"`);
    const total = (await newestProtocolLines(principal, read, runId, 1))[0]?.number ?? 0;
    const { after, last } = linesShown(upTo ?? null, total);
    const lines = await protocolOf(principal, read, runId, after, Math.min(linesPerPage, last - after));
    const verified = (await readVerified(principal, read, [runId])).get(runId) ?? [];
    return runPage({ run, titles: titlesOf(run, rows), verified, lines, total }, here);
  }
}

function titlesOf(run: RunRow, rows: Ward): RunTitles {
  return { job: jobTitles(rows)(run), server: serverTitles(rows.servers)(run.site, run.server) };
}

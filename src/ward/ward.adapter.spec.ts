import { theSystem } from '../access/principal.js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import {
  dayMs,
  hourMs,
  jobDefined,
  lineRows,
  runRow,
  serverDefined,
  storeRows,
} from '../../test/fixtures/clinic-rows.js';
import { eachViewStore, storePatienceMs } from '../../test/fixtures/view-stores.js';
import { backupJobKind } from '../backups/backup-job.kind.js';
import { newestRuns, startsOfJobs } from '../backups/views/runs/newest-runs.queries.js';
import type { RunOutcome, RunRow } from '../backups/views/runs/runs.entity.js';
import { readNewestLines } from '../dashboard/board/board-state.adapter.js';
import { definitionsOf } from '../definitions/definitions.queries.js';
import type { ViewStore } from '../store/view-store.adapter.js';
import { readJobs, readWard } from './ward.adapter.js';

const now = Date.parse('2026-11-22T12:00:00Z');
const outcomes: readonly RunOutcome[] = ['succeeded', 'failed', 'suspicious', 'running', 'captured'];
const jobs = Array.from({ length: 200 }, (_, index) => `job-${index}`);

/** Nine runs of each job but the first, with every outcome in every place; some from a clock that ran ahead. */
const runs: readonly RunRow[] = jobs.slice(1).flatMap((job, index) =>
  Array.from({ length: 9 }, (_, place) => {
    const outcome = outcomes[(index * 7 + place * (1 + (index % 4))) % outcomes.length] ?? 'failed';
    const ahead = (index + place) % 5 === 0 ? 700 * dayMs : 0;
    const row = { outcome, logPlace: place, ...(place % 3 === 0 ? { plannedFor: null } : {}) };
    return runRow(`${job}-${place}`, 'reception', job, now - (9 - place) * hourMs + ahead, row);
  }),
);

/** How many statements the database is given while something is asked. */
async function counted(read: EntityManager, ask: () => Promise<unknown>): Promise<number> {
  const { dataSource } = read;
  const { logger } = dataSource;
  let count = 0;
  Object.assign(dataSource, { logger: { logQuery: () => count++, logQueryError: () => 0, logQuerySlow: () => 0 } });
  try {
    await ask();
    return count;
  } finally {
    Object.assign(dataSource, { logger });
  }
}

describe.each(eachViewStore)('jobs and their runs on $name', ({ open }) => {
  let few: ViewStore;
  let many: ViewStore;

  async function filled(names: readonly string[]): Promise<ViewStore> {
    const store = await open();
    const ofJobs = runs.filter(({ job }) => names.includes(job));
    await storeRows(store, {
      definitions: [serverDefined('reception'), ...names.map((name) => jobDefined('reception', name))],
      runs: ofJobs,
      lines: ofJobs.flatMap(({ runId }) => lineRows(runId, now, [{ text: 'a' }, { text: 'b' }])),
    });
    return store;
  }

  beforeAll(async () => {
    [few, many] = [await filled(jobs.slice(0, 3)), await filled(jobs)];
  }, 2 * storePatienceMs);
  afterAll(() => Promise.all([few.close(), many.close()]));

  it.each<[string, number, (read: EntityManager) => Promise<unknown>]>([
    [
      'R13: the list of jobs',
      2,
      async (read) => readJobs(theSystem, read, await definitionsOf(theSystem, read, backupJobKind), now),
    ],
    [
      'R13: all that the board shows',
      12,
      async (read) => readNewestLines(theSystem, read, await readWard(theSystem, read, now)),
    ],
    [
      'R13 kind: what the timetable asks at a start',
      1,
      (read) => startsOfJobs(theSystem, read, new Date(now).toISOString()),
    ],
  ])('%s takes as many queries for 200 jobs as for three', async (_what, most, ask) => {
    const count = await counted(many.read, () => ask(many.read));
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(most);
    expect(count).toBe(await counted(few.read, () => ask(few.read)));
  });

  it('R13: are the newest in the order of the log, as each job alone would have it', async () => {
    const upTo = new Date(now).toISOString();
    const runsOf = await newestRuns(theSystem, many.read, upTo);
    for (const job of jobs) {
      const own = runs.filter((run) => run.job === job).reverse();
      const newest = (fits: (run: RunRow) => boolean) => own.find(fits)?.runId ?? null;
      const last = newest(({ outcome }) => outcome !== 'captured');
      const found = runsOf({ site: 'clinic', server: 'reception', job });
      expect({
        last: found.last?.runId ?? null,
        lastEnded: found.lastEnded?.runId ?? null,
        lastSuccess: found.lastSuccess?.runId ?? null,
        running: found.running?.runId ?? null,
      }).toEqual({
        last,
        lastEnded: newest(({ outcome }) => outcome !== 'captured' && outcome !== 'running'),
        lastSuccess:
          newest(({ outcome, startedAt }) => outcome === 'succeeded' && startedAt <= upTo) ??
          newest(({ outcome }) => outcome === 'succeeded'),
        running: newest(({ outcome, runId }) => outcome === 'running' && runId === last),
      });
    }
  });

  it('R13 kind: say whether a job ever succeeded, and which planned start was served last', async () => {
    const upTo = new Date(now).toISOString();
    const startsOf = await startsOfJobs(theSystem, many.read, upTo);
    for (const job of jobs) {
      const own = runs.filter((run) => run.job === job).reverse();
      expect(startsOf({ site: 'clinic', server: 'reception', job })).toEqual({
        everSucceeded: own.some(({ outcome }) => outcome === 'succeeded'),
        lastPlanned: own.find(({ plannedFor }) => plannedFor !== null && plannedFor <= upTo)?.plannedFor ?? null,
      });
    }
  });

  it('R13 kind: have their newest lines, also where a job never ran', async () => {
    const lines = await readNewestLines(theSystem, many.read, await readWard(theSystem, many.read, now));
    expect(lines.size).toBe(199);
    expect([...lines.values()].every((ofRun) => ofRun.map(({ text }) => text).join('') === 'ab')).toBe(true);
  });
});

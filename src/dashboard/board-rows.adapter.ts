import { In, type EntityManager } from 'typeorm';
import { knowledgeNow } from '../checkups/freshness.js';
import { nextDue } from '../timetable/timetable.adapter.js';
import type { Instant } from '../shared/instant.js';
import { openAlarms } from '../views/alarms/alarms.queries.adapter.js';
import { checkupId } from '../views/checkup-status/checkup-status.fold.js';
import { checkupStatuses } from '../views/checkup-status/checkup-status.queries.adapter.js';
import { definitionsOf, type Defined } from '../views/definitions/definitions.queries.adapter.js';
import { lastCompletedRun, newestProtocolLines, runsOfJob } from '../views/runs/runs.queries.adapter.js';
import { isClockWrong } from '../views/runs/run-time.js';
import type { ProtocolLineRow } from '../views/runs/runs.entity.js';
import { snapshotTable } from '../views/snapshots/snapshots.entity.js';
import type { CheckupStatusRow } from '../views/checkup-status/checkup-status.entity.js';
import type { CheckupRows, JobRows, OverallRows, ServerRows } from './rows.js';

/** So many of the newest protocol lines stand under a job on the board. */
const linesOnBoard = 6;

/** Everything that the state of the whole is told from. */
export async function readOverall(read: EntityManager, now: Instant): Promise<OverallRows> {
  const [servers, checkups, jobs] = [
    await definitionsOf(read, 'server'),
    await definitionsOf(read, 'checkup'),
    await definitionsOf(read, 'backup-job'),
  ];
  const newest = new Map((await checkupStatuses(read)).map((row) => [row.id, row]));
  const jobRows = await Promise.all(jobs.map((job) => readJob(read, job, now)));
  return {
    servers: servers.map(({ site, name, definition }): ServerRows => {
      const here = (defined: { site: string; server: string }): boolean =>
        defined.site === site && defined.server === name;
      return {
        site,
        server: name,
        title: definition.title ?? null,
        checkups: checkups.filter(here).map((checkup) => checkupRows(checkup, newest, now)),
        jobs: jobRows.filter(here),
      };
    }),
    alarms: await openAlarms(read),
  };
}

function checkupRows(
  { site, server, name, definition }: Defined<'checkup'>,
  newestById: ReadonlyMap<string, CheckupStatusRow>,
  now: Instant,
): CheckupRows {
  const id = checkupId({ site, server, checkup: name });
  const newest = newestById.get(id) ?? null;
  return { id, definition, newest, now: knowledgeNow(definition, newest, now, nextDue) };
}

async function readJob(
  read: EntityManager,
  { site, server, name, definition }: Defined<'backup-job'>,
  now: Instant,
): Promise<JobRows> {
  const job = { site, server, job: name };
  const { last, lastSuccess } = await runsOfJob(read, job);
  const lastCompleted = last?.outcome === 'running' ? await lastCompletedRun(read, job) : last;
  const clockWrong = lastSuccess !== null && isClockWrong(lastSuccess, now, lastCompleted);
  return { site, server, definition, last, lastCompleted, lastSuccess, clockWrong };
}

/** By run: the newest lines of the last run of each job. */
export async function readNewestLines(read: EntityManager, rows: OverallRows): Promise<Map<string, ProtocolLineRow[]>> {
  const runs = rows.servers.flatMap(({ jobs }) => jobs.flatMap(({ last }) => (last ? [last.runId] : [])));
  const lines = await Promise.all(runs.map((runId) => newestProtocolLines(read, runId, linesOnBoard)));
  return new Map(runs.map((runId, index) => [runId, lines[index] ?? []]));
}

/** By run: the destinations that hold a verified snapshot of it, by name. */
export async function readVerified(read: EntityManager, runIds: readonly string[]): Promise<Map<string, string[]>> {
  const byRun = new Map<string, string[]>();
  if (runIds.length === 0) return byRun;
  const found = await read.find(snapshotTable, {
    where: { runId: In([...runIds]) },
    order: { runId: 'ASC', destination: 'ASC' },
  });
  for (const { runId, destination } of found) {
    byRun.set(runId, [...(byRun.get(runId) ?? []), destination]);
  }
  return byRun;
}

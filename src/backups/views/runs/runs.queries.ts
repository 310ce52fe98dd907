import { In, IsNull, LessThanOrEqual, MoreThan, Not, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { toIso, type Instant } from '../../../shared/instant.js';
import { newestFirst, type TimeKey } from '../../../store/newest-first.adapter.js';
import type { Page, PageRequest } from '../../../store/page.js';
import { protocolLineTable, runTable, type ProtocolLineRow, type RunOutcome, type RunRow } from './runs.entity.js';

export interface RunFilter {
  readonly job?: string;
  readonly outcome?: RunOutcome;
}

export function listRuns(
  read: EntityManager,
  filter: RunFilter,
  page: PageRequest<TimeKey>,
): Promise<Page<RunRow, TimeKey>> {
  return newestFirst(read, runTable, { time: 'startedAt', id: 'runId' }, page, (query) => {
    if (filter.job) query.andWhere('row.job = :job', { job: filter.job });
    if (filter.outcome) query.andWhere('row.outcome = :outcome', { outcome: filter.outcome });
  });
}

export function findRun(read: EntityManager, runId: string): Promise<RunRow | null> {
  return read.findOne(runTable, { where: { runId } });
}

/** The lines behind the given number, in order. */
export function protocolOf(
  read: EntityManager,
  runId: string,
  afterNumber: number,
  limit: number,
): Promise<ProtocolLineRow[]> {
  return read.find(protocolLineTable, {
    where: { runId, number: MoreThan(afterNumber) },
    order: { number: 'ASC' },
    take: limit,
  });
}

/** The newest lines, in order. The last one's number is how many there are. */
export async function newestProtocolLines(
  read: EntityManager,
  runId: string,
  limit: number,
): Promise<ProtocolLineRow[]> {
  const lines = await read.find(protocolLineTable, { where: { runId }, order: { number: 'DESC' }, take: limit });
  return lines.reverse();
}

/** How many runs are not yet completed: those in hand, or those that a killed process left. */
export function runningRuns(read: EntityManager): Promise<RunRow[]> {
  return read.find(runTable, { where: { outcome: 'running' }, order: { startedAt: 'ASC', runId: 'ASC' } });
}

export interface JobRuns {
  /** The newest run that is in hand or whose end is known: not one that was captured in a backup. */
  readonly last: RunRow | null;
  readonly lastSuccess: RunRow | null;
  /** RFC 3339: the planned start that a run served last; one that lies after `now` was planned by a clock that ran ahead. */
  readonly lastPlanned: string | null;
}

export async function runsOfJob(
  read: EntityManager,
  job: { site: string; server: string; job: string },
  now?: Instant,
): Promise<JobRuns> {
  const last = await read.findOne(runTable, { where: { ...job, outcome: Not('captured') }, order: newestRun });
  const lastSuccess = await read.findOne(runTable, { where: { ...job, outcome: 'succeeded' }, order: newestRun });
  const plannedFor = now === undefined ? Not(IsNull()) : LessThanOrEqual(toIso(now));
  const planned = await read.findOne(runTable, { where: { ...job, plannedFor }, order: newestRun });
  return { last, lastSuccess, lastPlanned: planned?.plannedFor ?? null };
}

export interface NewestRuns {
  /** The newest run that is in hand or whose end is known: not one that was captured in a backup. */
  readonly last: RunRow | null;
  /** That one, if it is in hand. */
  readonly running: RunRow | null;
  /** The newest run that has ended. */
  readonly lastEnded: RunRow | null;
  readonly lastSuccess: RunRow | null;
}

/**
 * The newest runs of a job, by the log's order. A success that is dated later than `upTo` is left aside as long as there is
 * another: a clock that ran ahead once must not hide what came before.
 * @param upTo RFC 3339
 */
export async function newestRunsOf(
  read: EntityManager,
  job: { site: string; server: string; job: string },
  upTo: string,
): Promise<NewestRuns> {
  const newest = (where: FindOptionsWhere<RunRow>): Promise<RunRow | null> =>
    read.findOne(runTable, { where: { ...job, ...where }, order: newestRun });
  const last = await newest({ outcome: Not('captured') });
  const lastEnded = last?.outcome === 'running' ? await newest({ outcome: Not(In(['running', 'captured'])) }) : last;
  const lastSuccess =
    (await newest({ outcome: 'succeeded', startedAt: LessThanOrEqual(upTo) })) ??
    (await newest({ outcome: 'succeeded' }));
  return { last, running: last?.outcome === 'running' ? last : null, lastEnded, lastSuccess };
}

/** Of one job's runs: by the log's order, whatever times they state. */
const newestRun = { logPlace: 'DESC', startedAt: 'DESC', runId: 'DESC' } as const;

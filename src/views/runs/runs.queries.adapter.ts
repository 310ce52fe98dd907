import { In, LessThanOrEqual, MoreThan, Not, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { newestFirst, type TimeKey } from '../newest-first.adapter.js';
import type { Page, PageRequest } from '../page.js';
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
  /** RFC 3339: the newest planned start that a run has served. */
  readonly lastPlanned: string | null;
}

export async function runsOfJob(
  read: EntityManager,
  job: { site: string; server: string; job: string },
): Promise<JobRuns> {
  const newest = { startedAt: 'DESC', runId: 'DESC' } as const;
  const last = await read.findOne(runTable, { where: { ...job, outcome: Not('captured') }, order: newest });
  const lastSuccess = await read.findOne(runTable, { where: { ...job, outcome: 'succeeded' }, order: newest });
  const planned = await read
    .createQueryBuilder(runTable, 'run')
    .select('MAX(run.plannedFor)', 'planned')
    .where('run.site = :site AND run.server = :server AND run.job = :job', job)
    .getRawOne<{ planned: string | null }>();
  return { last, lastSuccess, lastPlanned: planned?.planned ?? null };
}

export interface NewestRuns {
  /** The newest run that is in hand or whose end is known: not one that was captured in a backup. */
  readonly last: RunRow | null;
  /** The newest run in hand. */
  readonly running: RunRow | null;
  /** The newest run that has ended. */
  readonly lastEnded: RunRow | null;
  readonly lastSuccess: RunRow | null;
}

/**
 * The newest runs of a job. What is dated later than `upTo` is left aside as long as there is something else: a clock
 * that ran ahead once must not hide what came after.
 * @param upTo RFC 3339
 */
export async function newestRunsOf(
  read: EntityManager,
  job: { site: string; server: string; job: string },
  upTo: string,
): Promise<NewestRuns> {
  const newest = async (where: FindOptionsWhere<RunRow>): Promise<RunRow | null> => {
    const order = { startedAt: 'DESC', runId: 'DESC' } as const;
    const believed = await read.findOne(runTable, {
      where: { ...job, ...where, startedAt: LessThanOrEqual(upTo) },
      order,
    });
    return believed ?? read.findOne(runTable, { where: { ...job, ...where }, order });
  };
  const last = await newest({ outcome: Not('captured') });
  const lastEnded = last?.outcome === 'running' ? await newest({ outcome: Not(In(['running', 'captured'])) }) : last;
  const lastSuccess = lastEnded?.outcome === 'succeeded' ? lastEnded : await newest({ outcome: 'succeeded' });
  return { last, running: last?.outcome === 'running' ? last : null, lastEnded, lastSuccess };
}

import { MoreThan, type EntityManager } from 'typeorm';
import { groupedBy } from '../../../shared/grouped-by.js';
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

/** The newest lines of a run, in order. The last one's number is how many there are. */
export async function newestProtocolLines(
  read: EntityManager,
  runId: string,
  limit: number,
): Promise<readonly ProtocolLineRow[]> {
  return (await newestLinesOfRuns(read, [runId], limit)).get(runId) ?? [];
}

/** By run: its newest lines, in order; all in one query. */
export async function newestLinesOfRuns(
  read: EntityManager,
  runIds: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, readonly ProtocolLineRow[]>> {
  if (runIds.length === 0) return new Map();
  const newest = '(SELECT MAX("number") FROM "protocol_lines" WHERE "runId" = "run"."runId")';
  const lines = await read
    .createQueryBuilder(protocolLineTable, 'line')
    .innerJoin(runTable.options.name, 'run', 'run.runId = line.runId')
    .where('run.runId IN (:...runIds)', { runIds })
    .andWhere(`line.number > ${newest} - :limit`, { limit })
    .orderBy('line.runId')
    .addOrderBy('line.number')
    .getMany();
  return groupedBy(lines, ({ runId }) => runId);
}

/** How many runs are not yet completed: those in hand, or those that a killed process left. */
export function runningRuns(read: EntityManager): Promise<RunRow[]> {
  return read.find(runTable, { where: { outcome: 'running' }, order: { startedAt: 'ASC', runId: 'ASC' } });
}

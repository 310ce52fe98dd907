import type { Principal } from '../../../access/principal.js';
import type { EntityManager } from 'typeorm';
import { groupedBy } from '../../../shared/grouped-by.js';
import { narrowToScope, queryInScope } from '../../../store/in-scope.adapter.js';
import type { AddressFilter } from '../../../shared/address-filter.js';
import { narrowToAddress } from '../../../store/narrow-to-address.adapter.js';
import { newestFirst, type TimeKey } from '../../../store/newest-first.adapter.js';
import type { Page, PageRequest } from '../../../store/page.js';
import { protocolLineTable, runTable, type ProtocolLineRow, type RunOutcome, type RunRow } from './runs.entity.js';

/** `name`: of the job. */
export interface RunFilter extends AddressFilter {
  readonly outcome?: RunOutcome | undefined;
}

export function listRuns(
  principal: Principal,
  read: EntityManager,
  filter: RunFilter,
  page: PageRequest<TimeKey>,
): Promise<Page<RunRow, TimeKey>> {
  return newestFirst(read, runTable, { time: 'startedAt', id: 'runId' }, page, (query) => {
    narrowToScope(query, principal, 'row');
    narrowToAddress(query, filter, 'job');
    if (filter.outcome) query.andWhere('row.outcome = :outcome', { outcome: filter.outcome });
  });
}

export function findRun(principal: Principal, read: EntityManager, runId: string): Promise<RunRow | null> {
  return queryInScope(principal, read, runTable, { where: { runId } }).getOne();
}

/** The lines behind the given number, in order. */
export function protocolOf(
  principal: Principal,
  read: EntityManager,
  runId: string,
  afterNumber: number,
  limit: number,
): Promise<ProtocolLineRow[]> {
  const query = read
    .createQueryBuilder(protocolLineTable, 'line')
    .innerJoin(runTable.options.name, 'run', 'run.runId = line.runId')
    .where('line.runId = :runId AND line.number > :afterNumber', { runId, afterNumber })
    .orderBy('line.number')
    .limit(limit);
  return narrowToScope(query, principal, 'run').getMany();
}

/** The newest lines of a run, in order. The last one's number is how many there are. */
export async function newestProtocolLines(
  principal: Principal,
  read: EntityManager,
  runId: string,
  limit: number,
): Promise<readonly ProtocolLineRow[]> {
  return (await newestLinesOfRuns(principal, read, [runId], limit)).get(runId) ?? [];
}

/** By run: its newest lines, in order; all in one query. */
export async function newestLinesOfRuns(
  principal: Principal,
  read: EntityManager,
  runIds: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, readonly ProtocolLineRow[]>> {
  if (runIds.length === 0) return new Map();
  const newest = '(SELECT MAX("number") FROM "protocol_lines" WHERE "runId" = "run"."runId")';
  const query = read
    .createQueryBuilder(protocolLineTable, 'line')
    .innerJoin(runTable.options.name, 'run', 'run.runId = line.runId')
    .where('run.runId IN (:...runIds)', { runIds })
    .andWhere(`line.number > ${newest} - :limit`, { limit })
    .orderBy('line.runId')
    .addOrderBy('line.number');
  const lines = await narrowToScope(query, principal, 'run').getMany();
  return groupedBy(lines, ({ runId }) => runId);
}

/** How many runs are not yet completed: those in progress, or those that a killed process left. */
export function runningRuns(principal: Principal, read: EntityManager): Promise<RunRow[]> {
  const order = { startedAt: 'ASC', runId: 'ASC' } as const;
  return queryInScope(principal, read, runTable, { where: { outcome: 'running' }, order }).getMany();
}

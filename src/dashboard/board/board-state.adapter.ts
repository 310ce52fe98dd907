import { In, type EntityManager } from 'typeorm';
import type { Principal } from '../../access/principal.js';
import { queryInScope } from '../../store/in-scope.adapter.js';
import type { Ward } from '../../ward/ward.js';
import { newestLinesOfRuns } from '../../backups/views/runs/runs.queries.js';
import type { ProtocolLineRow } from '../../backups/views/runs/runs.entity.js';
import { snapshotTable } from '../../backups/views/snapshots/snapshots.entity.js';

/** So many of the newest protocol lines are under a job on the board. */
const linesOnBoard = 6;

/** By run: the newest lines of the last run of each job. */
export function readNewestLines(
  principal: Principal,
  read: EntityManager,
  rows: Ward,
): Promise<ReadonlyMap<string, readonly ProtocolLineRow[]>> {
  const runs = rows.servers.flatMap(({ jobs }) => jobs.flatMap(({ last }) => (last ? [last.runId] : [])));
  return newestLinesOfRuns(principal, read, runs, linesOnBoard);
}

/** By run: the destinations that hold a verified snapshot of it, by name. */
export async function readVerified(
  principal: Principal,
  read: EntityManager,
  runIds: readonly string[],
): Promise<Map<string, string[]>> {
  const byRun = new Map<string, string[]>();
  if (runIds.length === 0) return byRun;
  const found = await queryInScope(principal, read, snapshotTable, {
    where: { runId: In([...runIds]) },
    order: { runId: 'ASC', destination: 'ASC' },
  }).getMany();
  for (const { runId, destination } of found) {
    byRun.set(runId, [...(byRun.get(runId) ?? []), destination]);
  }
  return byRun;
}

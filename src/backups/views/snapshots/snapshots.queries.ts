import type { Principal } from '../../../access/principal.js';
import type { EntityManager } from 'typeorm';
import { queryInScope } from '../../../store/in-scope.adapter.js';
import type { AddressFilter } from '../../../shared/address-filter.js';
import { narrowToAddress } from '../../../store/narrow-to-address.adapter.js';
import { pageOf, type Page, type PageRequest } from '../../../store/page.js';
import { snapshotTable, type SnapshotRow } from './snapshots.entity.js';

/** The key of a snapshot in the list: its time, then where it lies. */
export type SnapshotKey = Pick<SnapshotRow, 'snapshot' | 'site' | 'server' | 'job' | 'destination'>;

const inOrder = ['snapshot', 'site', 'server', 'job', 'destination'] as const;

/** Snapshots, newest first. @param filter `name`: of the job */
export async function listSnapshots(
  principal: Principal,
  read: EntityManager,
  filter: AddressFilter,
  { limit, after }: PageRequest<SnapshotKey>,
): Promise<Page<SnapshotRow, SnapshotKey>> {
  const query = queryInScope(principal, read, snapshotTable).limit(limit + 1);
  for (const column of inOrder) query.addOrderBy(`row.${column}`, 'DESC');
  narrowToAddress(query, filter, 'job');
  if (after) query.andWhere(behind(), after);
  return pageOf(await query.getMany(), limit, ({ snapshot, site, server, job, destination }) => ({
    snapshot,
    site,
    server,
    job,
    destination,
  }));
}

/** `(a, b, …) < (:a, :b, …)`, written out: not every database compares rows by their indexes. */
function behind(): string {
  const cases = inOrder.map((column, index) => {
    const equal = inOrder.slice(0, index).map((before) => `row.${before} = :${before} AND `);
    return `(${equal.join('')}row.${column} < :${column})`;
  });
  return `(${cases.join(' OR ')})`;
}

/**
 * The snapshots of a job, newest first by the log's order: one that bears the name of a year to come, from a clock that ran
 * ahead, is as old as it is. Of one snapshot the local copy first, since it is the nearest.
 */
export async function snapshotsOfJob(
  principal: Principal,
  read: EntityManager,
  job: { site: string; server: string; job: string },
): Promise<SnapshotRow[]> {
  const options = { where: job, order: { snapshot: 'DESC', destination: 'ASC' } } as const;
  const rows = await queryInScope(principal, read, snapshotTable, options).getMany();
  const firstPlace = new Map<string, number>();
  for (const { snapshot, logPlace } of rows) {
    firstPlace.set(snapshot, Math.min(firstPlace.get(snapshot) ?? logPlace, logPlace));
  }
  const placeOf = ({ snapshot }: SnapshotRow): number => firstPlace.get(snapshot) ?? 0;
  return rows.sort((a, b) => placeOf(b) - placeOf(a));
}

export type SnapshotPlace = Pick<SnapshotRow, 'site' | 'server' | 'job' | 'place'>;

/** Where the snapshots of all jobs lie. */
export function snapshotPlaces(principal: Principal, read: EntityManager): Promise<SnapshotPlace[]> {
  return queryInScope(principal, read, snapshotTable, {
    select: { site: true, server: true, job: true, destination: true, snapshot: true, place: true },
  }).getMany();
}

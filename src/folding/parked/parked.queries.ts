import type { Principal } from '../../access/principal.js';
import type { EntityManager } from 'typeorm';
import { pageOf, type Page, type PageRequest } from '../../store/page.js';
import { narrowToKeys } from '../../store/in-scope.adapter.js';
import { placeOf, type ParkedPlace } from './parked-place.js';
import { parkedEventTable, type ParkedEventRow } from './parked.entity.js';

export interface ParkedFilter {
  readonly subscription?: string;
  readonly partitionkey?: string;
}

/** A page of what is parked, in the order in which it would be folded. */
export async function listParked(
  principal: Principal,
  read: EntityManager,
  { subscription, partitionkey }: ParkedFilter,
  { limit, after }: PageRequest<ParkedPlace>,
): Promise<Page<ParkedEventRow, ParkedPlace>> {
  const query = read
    .createQueryBuilder(parkedEventTable, 'row')
    .orderBy('row.subscription')
    .addOrderBy('row.partition')
    .addOrderBy('row.eventPartition')
    .addOrderBy('row.offset')
    .limit(limit + 1);
  if (subscription !== undefined) query.andWhere({ subscription });
  if (partitionkey !== undefined) query.andWhere({ partitionkey });
  if (after) {
    query.andWhere(
      '(row.subscription, row.partition, row.eventPartition, row.offset) > ' +
        '(:afterSubscription, :afterPartition, :afterEventPartition, :afterOffset)',
      {
        ...{ afterSubscription: after.subscription, afterPartition: after.partition },
        ...{ afterEventPartition: after.eventPartition, afterOffset: after.offset },
      },
    );
  }
  return pageOf(await narrowToKeys(query, principal, 'row.partitionkey').getMany(), limit, placeOf);
}

export function findParked(
  principal: Principal,
  read: EntityManager,
  place: ParkedPlace,
): Promise<ParkedEventRow | null> {
  const query = read.createQueryBuilder(parkedEventTable, 'row').where(placeOf(place));
  return narrowToKeys(query, principal, 'row.partitionkey').getOne();
}

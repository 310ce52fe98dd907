import type { EntityManager } from 'typeorm';
import { pageOf, type Page, type PageRequest } from '../../store/page.js';
import { parkedEventTable, type ParkedEventRow } from './parked.entity.js';

/** Where a parked event is: its row's key. */
export interface ParkedPlace {
  readonly subscription: string;
  readonly partition: number;
  readonly eventPartition: number;
  readonly offset: number;
}

export interface ParkedFilter {
  readonly subscription?: string;
  readonly partitionkey?: string;
}

/** A page of what is parked, in the order in which it would be folded. */
export async function listParked(
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
  return pageOf(await query.getMany(), limit, placeOf);
}

export function findParked(read: EntityManager, place: ParkedPlace): Promise<ParkedEventRow | null> {
  return read.findOneBy(parkedEventTable, placeOf(place));
}

/** The id of a parked event, for people and addresses: `views.0.0.4711`. No subscription has a dot in its name. */
export function parkedId({ subscription, partition, eventPartition, offset }: ParkedPlace): string {
  return [subscription, partition, eventPartition, offset].join('.');
}

/** The place that an id of {@link parkedId} names, or null if it is none. */
export function parseParkedId(id: string): ParkedPlace | null {
  const match = /^([^.]{1,200})\.([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,15})$/.exec(id);
  const [, subscription, partition, eventPartition, offset] = match ?? [];
  if (!subscription || !partition || !eventPartition || !offset) return null;
  const [inPartition, lyingIn, at] = [Number(partition), Number(eventPartition), Number(offset)];
  return { subscription, partition: inPartition, eventPartition: lyingIn, offset: at };
}

/** The place alone, of a row or of whatever names one. */
export function placeOf({ subscription, partition, eventPartition, offset }: ParkedPlace): ParkedPlace {
  return { subscription, partition, eventPartition, offset };
}

import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Position } from '../../event-log/envelope.js';
import { EVENT_LOG, readAll, type EventLog } from '../../event-log/event-log.js';
import {
  eventKey,
  ParkingChanged,
  type ParkedKey,
  type ParkingLot,
  type ParkingSpace,
  type ToPark,
} from '../../event-log/parking.js';
import { eventDiscarded } from '../../event-log/parking.events.js';
import { CLOCK, toIso, type Clock } from '../../shared/instant.js';
import { upsert } from '../../store/upsert.adapter.js';
import { ViewStore, type ViewTransaction } from '../../store/view-store.adapter.js';
import { discardedEventTable, parkedEventTable, type DiscardedEventRow, type ParkedEventRow } from './parked.entity.js';

/** SQLite takes at most 32,766 parameters in one statement. */
const rowsPerStatement = 500;

export interface ParkedPosition extends Position {
  readonly partitionkey: string;
}

interface KeyRow {
  readonly partitionkey: string;
  readonly first: number | string;
  readonly askedAt: string | null;
}

/** The parking lot of all subscriptions that fold into the views' database. */
@Injectable()
export class ParkedLot implements ParkingLot<ViewTransaction> {
  /** With the loop's growing pauses, an event at fault is parked after about three seconds. */
  readonly attempts: number = 6;
  private readonly logger = new Logger('Parked');
  private readonly listeners = new Set<() => void>();

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(ViewStore) private readonly store: Pick<ViewStore, 'read' | 'write' | 'isAway'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  isAway(error: unknown): boolean {
    return this.store.isAway(error);
  }

  async keys(space: ParkingSpace): Promise<ReadonlyMap<string, ParkedKey>> {
    const rows = await this.store.read
      .createQueryBuilder(parkedEventTable, 'row')
      .select('row.partitionkey', 'partitionkey')
      .addSelect('MIN(row.offset)', 'first')
      .addSelect('MAX(row.askedAt)', 'askedAt')
      .where({ ...space })
      .groupBy('row.partitionkey')
      .getRawMany<KeyRow>();
    return new Map(
      rows.map(({ partitionkey, first, askedAt }) => [partitionkey, { first: Number(first), asked: askedAt !== null }]),
    );
  }

  count(space: ParkingSpace): Promise<number> {
    return this.store.read.countBy(parkedEventTable, { ...space });
  }

  async firstOf(space: ParkingSpace, partitionkey: string, limit: number): Promise<readonly Position[]> {
    const where = { ...space, partitionkey };
    const rows = await this.store.read.find(parkedEventTable, { where, order: { offset: 'ASC' }, take: limit });
    return rows.map(positionOf);
  }

  async discarded(subscription: string): Promise<ReadonlySet<string>> {
    const rows = await this.store.read.findBy(discardedEventTable, { subscription });
    return new Set(rows.map(({ source, eventId }) => eventKey({ source, id: eventId })));
  }

  /** Takes what was discarded from the log: for a database that knows nothing yet, be it that it was lost. */
  async restoreDiscarded(): Promise<void> {
    const events = await readAll(this.log, { types: [eventDiscarded.type] });
    const rows = events.map((event): DiscardedEventRow => {
      const { subscription, source, id, reason } = eventDiscarded.data.parse(event.data);
      return { subscription, source, eventId: id, actor: event.actor ?? '', reason, discardedAt: event.time };
    });
    await this.store.write((tx) => upsert(tx, discardedEventTable, rows));
  }

  /** Where all events lie that a subscription has parked, in order. */
  async positions(subscription: string): Promise<readonly ParkedPosition[]> {
    const rows = await this.store.read.find(parkedEventTable, {
      select: { eventPartition: true, offset: true, partitionkey: true },
      where: { subscription },
      order: { eventPartition: 'ASC', offset: 'ASC' },
    });
    return rows.map((row) => ({ ...positionOf(row), partitionkey: row.partitionkey }));
  }

  async park(tx: ViewTransaction, space: ParkingSpace, events: readonly ToPark[]): Promise<void> {
    const parkedAt = toIso(this.clock.now());
    const rows = events.map((event) => parkedRow(space, event, parkedAt));
    for (let start = 0; start < rows.length; start += rowsPerStatement) {
      const values = rows.slice(start, start + rowsPerStatement);
      await tx
        .createQueryBuilder()
        .insert()
        .into(parkedEventTable)
        .values(values)
        .orIgnore()
        .updateEntity(false)
        .execute();
    }
    for (const { recorded, error, attempts } of events) {
      if (error === null) continue;
      const what = `${space.subscription} refused ${recorded.event.type} ${recorded.event.id} ${attempts} times`;
      this.logger.error(`${what}; it is parked, with the later events of ${recorded.event.partitionkey}: ${error}`);
    }
  }

  async hasAll(tx: ViewTransaction, space: ParkingSpace, partitionkeys: readonly string[]): Promise<boolean> {
    for (const partitionkey of partitionkeys) {
      if (!(await tx.existsBy(parkedEventTable, { ...space, partitionkey }))) return false;
    }
    return true;
  }

  async release(tx: ViewTransaction, space: ParkingSpace, positions: readonly Position[]): Promise<void> {
    for (const { partition: eventPartition, offset } of positions) {
      const { affected } = await tx.delete(parkedEventTable, { ...space, eventPartition, offset });
      if (affected !== 1) throw new ParkingChanged(`${space.subscription} no longer has a parked event at ${offset}`);
    }
  }

  async refusedAgain(
    tx: ViewTransaction,
    space: ParkingSpace,
    partitionkey: string,
    first: Position,
    error: string,
  ): Promise<void> {
    const where = { ...space, eventPartition: first.partition, offset: first.offset };
    await tx.update(parkedEventTable, where, { error, attempts: () => 'attempts + 1' });
    await tx.update(parkedEventTable, { ...space, partitionkey }, { askedAt: null });
  }

  listen(onAsked: () => void): () => void {
    this.listeners.add(onAsked);
    return () => this.listeners.delete(onAsked);
  }

  /** Tells the loops of this process that a person has asked for something; others see it within a second. */
  wake(): void {
    for (const listener of this.listeners) listener();
  }
}

function positionOf({ eventPartition, offset }: Pick<ParkedEventRow, 'eventPartition' | 'offset'>): Position {
  return { partition: eventPartition, offset };
}

function parkedRow(space: ParkingSpace, { recorded, error, attempts }: ToPark, parkedAt: string): ParkedEventRow {
  const { event, position } = recorded;
  return {
    ...{ subscription: space.subscription, partition: space.partition },
    ...{ eventPartition: position.partition, offset: position.offset, partitionkey: event.partitionkey },
    ...{ source: event.source, eventId: event.id, type: event.type, error, attempts, parkedAt, askedAt: null },
  };
}

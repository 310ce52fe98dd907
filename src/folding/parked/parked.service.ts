import { Inject, Injectable } from '@nestjs/common';
import { IsNull, Not } from 'typeorm';
import type { Principal } from '../../access/principal.js';
import type { Event } from '../../event-log/envelope.js';
import { EVENT_LOG, readAll, type EventLog } from '../../event-log/event-log.js';
import { eventDiscarded, parkingSource } from '../../event-log/parking.events.js';
import { decision } from '../../event-log/statement.js';
import { WardroundError } from '../../shared/errors.js';
import { toIso, type Instant } from '../../shared/instant.js';
import { OutboxService } from '../outbox.service.js';
import { upsert } from '../../store/upsert.adapter.js';
import { ViewStore, type ViewTransaction } from '../../store/view-store.adapter.js';
import { discardedEventTable, parkedEventTable, type ParkedEventRow } from './parked.entity.js';
import { ParkedLot } from './parked-lot.adapter.js';
import { parkedId, placeOf, type ParkedPlace } from './parked-place.js';
import { findParked, type ParkedFilter } from './parked.queries.js';

const mostCharactersInReason = 1000;

/** Who wants an event gone, and why. */
export interface Discarding {
  readonly actor: string;
  readonly reason: string;
  readonly now: Instant;
}

/** What people do with parked events. */
@Injectable()
export class ParkedService {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(OutboxService) private readonly outbox: OutboxService,
    @Inject(ParkedLot) private readonly lot: ParkedLot,
  ) {}

  /**
   * A parked event, and the event itself as it is in the log; null if it cannot be found there.
   * @throws WardroundError `not-found`; `event-unreadable` if this program is too old for it
   */
  async find(
    principal: Principal,
    place: ParkedPlace,
  ): Promise<{ readonly row: ParkedEventRow; readonly event: Event | null }> {
    const row = await this.rowAt(principal, place);
    const after = new Map([[row.eventPartition, row.offset - 1]]);
    // Events of a key are in one partition, so that the one behind that offset is the one.
    const [event] = await readAll(this.log, { partitionkey: row.partitionkey, after, limit: 1 });
    return { row, event: event?.id === row.eventId && event.source === row.source ? event : null };
  }

  /**
   * Asks that an event be tried again, with all parked events of its partition key: the owner of the partition does it
   * soon.
   * @returns how many events were asked for
   * @throws WardroundError `not-found`
   */
  async retry(principal: Principal, place: ParkedPlace, now: Instant): Promise<number> {
    const { subscription, partition, partitionkey } = await this.rowAt(principal, place);
    return this.store
      .write((tx) => ask(tx, { subscription, partition, partitionkey }, now))
      .finally(() => this.lot.wake());
  }

  /**
   * Asks that all parked events, or all of a subscription or partition key, be tried again. @returns how many events
   */
  async retryAll(filter: ParkedFilter, now: Instant): Promise<number> {
    return this.store.write((tx) => ask(tx, { ...filter }, now)).finally(() => this.lot.wake());
  }

  /**
   * Takes a refused event away for good, and asks that what is behind it be tried. That is a decision that changes what
   * is folded, today and whenever the log is folded again; so it becomes an event, by way of the outbox: both are
   * there, or neither.
   * @returns how many events were asked for
   * @throws WardroundError `not-found`; `conflict` if the event was not refused, but only is behind one that was
   */
  async discard(principal: Principal, place: ParkedPlace, { actor, reason, now }: Discarding): Promise<number> {
    if (reason.trim() === '' || reason.length > mostCharactersInReason) {
      throw new WardroundError('bad-request', 'a reason of 1 to 1000 characters is needed');
    }
    const asked = await this.store.write(async (tx) => {
      const row = await findParked(principal, tx, place);
      if (!row) throw notParked(place);
      if (row.error === null) throw notRefused(row);
      const { affected } = await tx.delete(parkedEventTable, { ...placeOf(place), error: Not(IsNull()) });
      if (affected !== 1) throw notParked(place);
      const { subscription, source, eventId, partition, partitionkey } = row;
      const discardedAt = toIso(now);
      await upsert(tx, discardedEventTable, [{ subscription, source, eventId, actor, reason, discardedAt }]);
      await this.outbox.put(tx, partition, [discarded(row, row.error, { actor, reason, now })]);
      return ask(tx, { subscription, partition, partitionkey }, now);
    });
    this.lot.wake();
    await this.outbox.drained();
    return asked;
  }

  private async rowAt(principal: Principal, place: ParkedPlace): Promise<ParkedEventRow> {
    const row = await findParked(principal, this.store.read, place);
    if (!row) throw notParked(place);
    return row;
  }
}

async function ask(
  tx: ViewTransaction,
  which: Partial<Pick<ParkedEventRow, 'subscription' | 'partition' | 'partitionkey'>>,
  now: Instant,
): Promise<number> {
  const query = tx
    .createQueryBuilder()
    .update(parkedEventTable)
    .set({ askedAt: toIso(now) });
  if (Object.keys(which).length > 0) query.where({ ...which });
  return (await query.execute()).affected ?? 0;
}

/** Its id follows from the event and the subscription: of two people who discard it at once, one does. */
function discarded(row: ParkedEventRow, error: string, { actor, reason, now }: Discarding) {
  const { subscription, partition, source, eventId, type, partitionkey } = row;
  return decision(eventDiscarded, [subscription, String(partition), source, eventId], {
    data: { subscription, partition, source, id: eventId, type, error, reason },
    source: parkingSource,
    subject: `${partitionkey}/discarded/${subscription}/${eventId}`,
    causationid: eventId,
    ...{ partitionkey, actor, now },
  });
}

function notParked(place: ParkedPlace): WardroundError {
  const advice = '`wardround parked list` lists the parked events; it may have been retried successfully';
  return new WardroundError('not-found', `there is no parked event ${parkedId(place)}`, advice);
}

function notRefused(row: ParkedEventRow): WardroundError {
  return new WardroundError(
    'conflict',
    `${parkedId(row)} did not fail: it is queued behind another event of ${row.partitionkey}`,
    'Retry or discard that one first',
  );
}

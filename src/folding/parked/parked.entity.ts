import { EntitySchema } from 'typeorm';
import { integer, integerKey, key, optionalText, text } from '../../store/columns.js';

/**
 * An event that a subscription's handler refused, or that is behind such a one of its partition key. Not folded from
 * events: it belongs to the checkpoint that has moved past the event.
 */
export interface ParkedEventRow {
  subscription: string;
  /** The partition that the handler works for. */
  partition: number;
  /** Where the event lies: in another partition if it is one of those for all. */
  eventPartition: number;
  offset: number;
  partitionkey: string;
  source: string;
  eventId: string;
  type: string;
  /** What the handler said; null if it was never given the event. */
  error: string | null;
  attempts: number;
  parkedAt: string;
  /** When a person asked that it be tried again; null if no one did since it was refused. */
  askedAt: string | null;
}

const offset = { type: 'bigint', primary: true, transformer: { to: (value: number) => value, from: Number } } as const;

export const parkedEventTable = new EntitySchema<ParkedEventRow>({
  name: 'parked_events',
  columns: {
    ...{ subscription: key, partition: integerKey, eventPartition: integerKey, offset },
    ...{ partitionkey: text, source: text, eventId: text, type: text, error: optionalText, attempts: integer },
    ...{ parkedAt: text, askedAt: optionalText },
  },
});

/**
 * An event that a person took away from a subscription for good. Also in the log, as `event.discarded`; here it is at hand
 * where the log may be far.
 */
export interface DiscardedEventRow {
  subscription: string;
  source: string;
  eventId: string;
  actor: string;
  reason: string;
  discardedAt: string;
}

export const discardedEventTable = new EntitySchema<DiscardedEventRow>({
  name: 'discarded_events',
  columns: { subscription: key, source: key, eventId: key, actor: text, reason: text, discardedAt: text },
});

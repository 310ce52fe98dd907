import type { Event, NewEvent, Position, Recorded } from './envelope.js';

/** The last handled offset per partition. A partition that is absent was never read. */
export type Checkpoint = ReadonlyMap<number, number>;

export interface ReadFilter {
  readonly source?: string;
  readonly types?: readonly string[];
  /** Exactly this subject. */
  readonly subject?: string;
  readonly partitionkey?: string;
  /** Inclusive, RFC 3339, compared with `time`. */
  readonly since?: string;
  /** Exclusive, RFC 3339, compared with `time`. */
  readonly until?: string;
  /** Only events behind this checkpoint. */
  readonly after?: Checkpoint;
  /** At most so many events; without it, all up to the log's end at the time of the call. */
  readonly limit?: number;
}

/**
 * Where a subscription's checkpoint is kept. `commit` runs the work and moves the checkpoint in one transaction, and only
 * if the stored checkpoint is still the `from` that the caller read: a stale owner changes nothing.
 */
export interface CheckpointStore<Tx> {
  load(subscription: string): Promise<Checkpoint>;
  /** @returns false if the checkpoint was no longer `from`; then nothing was written. */
  commit(subscription: string, from: Position, to: Position, work: (tx: Tx) => Promise<void>): Promise<boolean>;
}

export interface SubscriptionOptions<Tx> {
  /** Names the checkpoint, and the subscription to people. */
  readonly name: string;
  /**
   * Only these types are handed over; the checkpoint passes over the others. Where only others passed, it is not stored at
   * each of them, so a stored checkpoint may stand somewhat behind what the subscription has done.
   */
  readonly types?: readonly string[];
  readonly checkpoints: CheckpointStore<Tx>;
  /**
   * Called with batches of one partition, in order, never two at once. All that it writes goes through `tx`. A thrown
   * error rolls the batch back; it is tried again event by event, and then with growing pauses.
   */
  handle(batch: readonly Recorded[], tx: Tx): Promise<void>;
}

export interface SubscriptionStatus {
  readonly name: string;
  /** Events between the checkpoint and the log's end. */
  readonly lag: number;
  readonly lastError: string | null;
}

export interface Subscription {
  /** Resolves once everything that was in the log when it was called has been handled. */
  caughtUp(): Promise<void>;
  status(): Promise<SubscriptionStatus>;
  /** Resolves when no batch is in hand any more. */
  stop(): Promise<void>;
}

/** The one log that everything is an event of. Engines: SQLite, Kafka. The promises: `test/contract/event-log.contract.ts`. */
export interface EventLog {
  /**
   * Durable when it resolves; then each event is in the log once, in the given order per partition key. An event whose
   * `source` and `id` are already there is not stored again. All events of one call are stored, or none. Times are kept to
   * the millisecond.
   * @returns one position per event, in the order given; for a repeat, that of the event already stored.
   * @throws WardroundError `event-invalid` or `no-space` (nothing was stored); `outcome-unknown` (append again: a repeat is
   * not stored twice); `data-folder-in-use` if another program keeps the log locked; `log-closed`.
   */
  append(events: readonly NewEvent[]): Promise<readonly Position[]>;

  /** The matching events in batches, in order per partition key, upcast to the newest version of their type. */
  read(filter: ReadFilter): AsyncIterable<readonly Recorded[]>;

  /** The position of the newest event per partition. */
  head(): Promise<Checkpoint>;

  subscribe<Tx>(options: SubscriptionOptions<Tx>): Subscription;

  close(): Promise<void>;
}

/** The injection token of the port. */
export const EVENT_LOG = Symbol('EventLog');

/** All matching events at once: for what is known to be small, such as the events of one run. */
export async function readAll(log: EventLog, filter: ReadFilter): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const batch of log.read(filter)) for (const { event } of batch) events.push(event);
  return events;
}

import type { Event, NewEvent, Position, Recorded } from './envelope.js';
import type { LogIdentity } from './log-identity.js';
import type { ParkingLot } from './parking.js';

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

/** A step of one checkpoint. Where `from` and `to` are the same, it only has to be there, and is held meanwhile. */
export interface CheckpointMove {
  readonly subscription: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Where subscriptions' checkpoints are kept. `commit` runs the work and moves the checkpoints in one transaction, and only
 * if all of them still are at the `from` that the caller read: a stale owner changes nothing.
 */
export interface CheckpointStore<Tx> {
  load(subscription: string): Promise<Checkpoint>;
  /** @returns false if a checkpoint was no longer at its `from`; then nothing was written. */
  commit(moves: readonly CheckpointMove[], work: (tx: Tx) => Promise<void>): Promise<boolean>;
}

export interface SubscriptionOptions<Tx> {
  /** Names the checkpoint, and the subscription to people. */
  readonly name: string;
  /**
   * Only these types are handed over; the checkpoint passes over the others. Where only others passed, it is not stored at
   * each of them, so a stored checkpoint may stand somewhat behind what the subscription has done.
   */
  readonly types?: readonly string[];
  /**
   * A partition key whose events the handlers of all partitions need, such as that of the definitions: they are handed
   * over once in each partition, whichever they are in. There they have an order among each other, and none to the
   * partition's own.
   */
  readonly everywhere?: string;
  readonly checkpoints: CheckpointStore<Tx>;
  /**
   * Where an event goes that the handler refuses again and again, with the later ones of its partition key, so that the
   * others continue. Without it, the subscription waits at such an event.
   */
  readonly parking?: ParkingLot<Tx>;
  /**
   * Called with batches in order, never two at once for one partition. All that it writes goes through `tx`. A thrown
   * error rolls the batch back; it is tried again event by event, and then with growing pauses. Parked events come late, each
   * key's in order.
   * @param partition whose events these are, or for which events from `everywhere` are handed over
   */
  handle(batch: readonly Recorded[], tx: Tx, partition: number): Promise<void>;
}

export interface SubscriptionStatus {
  readonly name: string;
  /** Events between the checkpoint and the log's end, in the partitions of this process. Parked ones do not count. */
  readonly lag: number;
  /**
   * Events that it has gone through since it began, in the partitions that this process has had: handed over, parked, or passed
   * over as of other types. What `lag` shrinks by.
   */
  readonly handled: number;
  /** Events that wait because the handler refused them, or one before them, in the partitions of this process. */
  readonly parked: number;
  readonly lastError: string | null;
}

export interface Subscription<Tx = unknown> {
  /** Resolves once everything that was in the log when it was called has been handled. */
  caughtUp(): Promise<void>;
  status(): Promise<SubscriptionStatus>;
  /**
   * Runs work in a transaction as a batch would: never beside one, and only while this process has the partition.
   * @returns false, and does nothing, if the partition is not at hand or holds events that were not handled yet
   */
  whenIdle(partition: number, work: (tx: Tx) => Promise<void>): Promise<boolean>;
  /** Resolves when no batch is in progress any more. */
  stop(): Promise<void>;
}

/** How events are appended that someone else has made up, ids included. */
export interface AppendOptions {
  /**
   * Given, one for each event: an event whose source and id are there already, but with another type, subject or data, is
   * refused. Where true, its time counts too; one that was sent without a time gets another with each repeat.
   */
  readonly comparesTime?: readonly boolean[];
}

/** One thing that a log, or the whole program, depends on. */
export interface PartHealth {
  /** For people: `Kafka`, `the archive`. */
  readonly name: string;
  /** In plain words, without secrets; null while all is well. */
  readonly trouble: string | null;
}

/** The one log that everything is an event of. Engines: SQLite, Kafka. The promises: `test/contract/event-log.contract.ts`. */
export interface EventLog {
  /**
   * Durable when it resolves; then each event is in the log once, in the given order per partition key. An event whose
   * `source` and `id` are already there is not stored again. Of the events of one call that share a partition key all are
   * stored, or none; where one partition is all there is, that goes for the whole call. Times are kept to the millisecond.
   * @returns one position per event, in the order given; for a repeat, that of the event already stored if the engine knows
   * it then, and else one behind it where nothing will be read.
   * @throws WardroundError `event-invalid` or `no-space` (nothing was stored); `outcome-unknown` (append again: a repeat is
   * not stored twice); `data-folder-in-use` if another program keeps the log locked; `log-closed`; `conflict` where the options
   * say so (nothing was stored).
   */
  append(events: readonly NewEvent[], options?: AppendOptions): Promise<readonly Position[]>;

  /** The matching events in batches, in order per partition key, upcast to the newest version of their type. */
  read(filter: ReadFilter): AsyncIterable<readonly Recorded[]>;

  /** The position of the newest event per partition. All up to there is given by a `read` that begins later. */
  head(): Promise<Checkpoint>;

  /** Whose the log is, and in which epoch it counts what it records now. @throws WardroundError `unreachable` */
  identity(): Promise<LogIdentity>;

  /** The partitions whose events this process handles now. They come and go where processes share the work. */
  partitions(): readonly number[];

  /**
   * How what this log depends on is just now, such as other servers. Answers within two seconds, whatever hangs. A log that is
   * its own file has none.
   */
  health?(): Promise<readonly PartHealth[]>;

  /** What brings events from where `append` stores them to where `read` finds them; a log that has one place has none. */
  intake?(): Promise<SubscriptionStatus>;

  /** Hands events over in the partitions that this process has, as long as it has them. */
  subscribe<Tx>(options: SubscriptionOptions<Tx>): Subscription<Tx>;

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

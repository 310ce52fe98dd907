import type { AnyEvent, EventOfType, EventType } from '../all.events.js';
import type { NewEvent, Recorded } from '../event-log/envelope.js';
import type { Instant } from '../shared/instant.js';

/**
 * A view: which events it takes, and how a batch of them changes its tables. `Tx` is the open transaction of the store
 * that the tables are in. Folding a batch twice leaves what folding it once leaves.
 */
export interface Projection<Tx, Type extends EventType = EventType> {
  /** Also the view's name for people: `wardround views rebuild <name>`. */
  readonly name: string;
  /** Raised when the fold or the tables change; then the view is rebuilt at the next start. */
  readonly version: number;
  readonly types: readonly Type[];
  /** Names of its tables. */
  readonly tables: readonly string[];
  project(events: readonly Recorded<EventOfType<Type>>[], tx: Tx): Promise<void>;
}

/**
 * Decides on events: rules, notifications. Decisions follow from state and event alone. They are put into the outbox in
 * the transaction of the checkpoint, and a relay appends them.
 *
 * What it remembers, it remembers per partition: another process may have the next one. Definitions are handed over in each.
 */
export interface Decider<Tx, Type extends EventType = EventType> {
  readonly name: string;
  readonly types: readonly Type[];
  /**
   * Brings the state up to date and says what follows.
   *
   * While the log is replayed after the state was lost, what it says is dropped: it was said long ago. The state must
   * therefore also follow from the decider's own events in the log (`alarm.raised`, `message.decided`).
   */
  handle(
    events: readonly Recorded<EventOfType<Type>>[],
    tx: Tx,
    partition: number,
  ): Promise<readonly NewEvent<AnyEvent>[]>;
  /** What is due by the clock alone: called when a `wakeAt` of its states has come, and never before all events are handled. */
  wake(now: Instant, tx: Tx, partition: number): Promise<readonly NewEvent<AnyEvent>[]>;
}

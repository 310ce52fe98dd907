import type { NewEvent, Recorded } from '../event-log/envelope.js';
import { isOneOf, typesOf, type EventDefinition, type EventOf } from '../event-log/event-types.js';
import type { Instant } from '../shared/instant.js';

/**
 * Decides on events: rules, notifications. Decisions follow from state and event alone. They are put into the outbox in
 * the transaction of the checkpoint, and a relay appends them.
 *
 * What it remembers, it remembers per partition: another process may have the next one. Definitions are handed over in each.
 */
export interface Decider<Tx, Definition extends EventDefinition = EventDefinition> {
  readonly name: string;
  /** The types of events that it takes. */
  readonly events: readonly Definition[];
  /**
   * Brings the state up to date and says what follows.
   *
   * While the log is replayed after the state was lost, what it says is dropped: it was said long ago. The state must
   * therefore also follow from the decider's own events in the log (`alarm.raised`, `message.decided`).
   */
  handle(events: readonly Recorded<EventOf<Definition>>[], tx: Tx, partition: number): Promise<readonly NewEvent[]>;
  /** What is due by the clock alone: called when a `wakeAt` of its states has come, and never before all events are handled. */
  wake(now: Instant, tx: Tx, partition: number): Promise<readonly NewEvent[]>;
}

/** A decider as the runner sees it: it takes a batch of events of any type, and picks its own. */
export interface AnyDecider<Tx> {
  readonly name: string;
  readonly types: readonly string[];
  handle(batch: readonly Recorded[], tx: Tx, partition: number): Promise<readonly NewEvent[]>;
  wake(now: Instant, tx: Tx, partition: number): Promise<readonly NewEvent[]>;
}

export function asDecider<Tx, Definition extends EventDefinition>(decider: Decider<Tx, Definition>): AnyDecider<Tx> {
  const isOwn = (recorded: Recorded): recorded is Recorded<EventOf<Definition>> =>
    isOneOf(recorded.event, decider.events);
  return {
    name: decider.name,
    types: typesOf(decider.events),
    handle: (batch, tx, partition) => decider.handle(batch.filter(isOwn), tx, partition),
    wake: (now, tx, partition) => decider.wake(now, tx, partition),
  };
}

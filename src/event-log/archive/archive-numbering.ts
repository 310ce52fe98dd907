import { isDecision } from '../checked-events.js';
import type { Event } from '../envelope.js';
import { epochOf } from '../log-identity.js';

/** An event as it came from Kafka. */
export interface Arrived {
  /** Kafka's, plus one. */
  readonly offset: number;
  readonly event: Event;
}

export interface Placed extends Arrived {
  readonly partition: number;
}

/** An event with the number that it gets, as text since it may have 16 digits, and the epoch that this counts in. */
export type Numbered = Placed & {
  readonly counted: { readonly sequence: string; readonly epoch: string } | null;
};

/** What counts the facts of a source in an epoch. */
export interface Counter {
  readonly source: string;
  readonly epoch: string;
}

/** By {@link counterKey}. */
export type Counters = Map<string, Counter & { readonly last: number }>;

/** Whether an event gets a number, or moves its source's counter. */
export function isCounted({ event }: Arrived): boolean {
  return event.sequence !== undefined || !isDecision(event);
}

/** Gives each fact the number behind the last of its source in this epoch; one that it brought along counts as given here. */
export function number(
  arrived: readonly Placed[],
  last: ReadonlyMap<string, number>,
  ownEpoch: string,
): { numbered: readonly Numbered[]; moved: Counters } {
  const moved: Counters = new Map();
  const numbered = arrived.map((one): Numbered => {
    if (!isCounted(one)) return { ...one, counted: null };
    const { source, sequence: brought } = one.event;
    const epoch = epochOf(one.event) ?? ownEpoch;
    const key = counterKey({ source, epoch });
    const before = moved.get(key)?.last ?? last.get(key) ?? 0;
    const sequence = brought ?? String(before + 1).padStart(16, '0');
    const counted = Number(sequence);
    if (counted > before && Number.isSafeInteger(counted)) moved.set(key, { source, epoch, last: counted });
    return { ...one, counted: { sequence, epoch } };
  });
  return { numbered, moved };
}

/** No epoch has a line feed. */
export function counterKey({ source, epoch }: Counter): string {
  return `${epoch}\n${source}`;
}

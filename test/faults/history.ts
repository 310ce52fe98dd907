import type { AnyEvent } from '../../src/capabilities.js';
import type { Event } from '../../src/event-log/envelope.js';
import { highTide } from './clinic.js';

export function ofType<Type extends AnyEvent['type']>(events: readonly Event[], ...types: Type[]) {
  return events.filter((event): event is Extract<AnyEvent, { type: Type }> =>
    types.some((type) => type === event.type),
  );
}

/** The numbered facts of a server, in the order of the log. */
export function numbersOf(events: readonly Event[], server: string): readonly number[] {
  return ofType(events, 'checkup.completed')
    .filter(({ data }) => data.server === server && data.checkup === 'probe')
    .map(({ data }) => data.durationMs);
}

/** Whether these are 1, 2, 3 …: how far it goes, and the first place where it does not. */
export function counting(numbers: readonly number[]): { readonly upTo: number; readonly brokenAt: number | null } {
  const broken = numbers.findIndex((number, index) => number !== index + 1);
  return { upTo: numbers.length, brokenAt: broken === -1 ? null : broken };
}

/** The sequence numbers of each source that gives any. */
export function sequences(events: readonly Event[]): ReadonlyMap<string, readonly number[]> {
  return grouped(
    events.filter(({ sequence }) => sequence !== undefined),
    ({ source }) => source,
    ({ sequence }) => Number(sequence),
  );
}

export interface RunEnds {
  readonly begun: number;
  /** Runs that are not completed exactly once. */
  readonly wrong: readonly string[];
  readonly succeeded: number;
  /** Ended by the start after a kill. */
  readonly ended: number;
  /** Failed for another reason than the kill. */
  readonly otherwise: readonly string[];
}

export function runEnds(events: readonly Event[]): RunEnds {
  const begun = ofType(events, 'backup.started').map(({ data }) => data.runId);
  const completed = ofType(events, 'backup.completed');
  const perRun = grouped(
    completed,
    ({ data }) => data.runId,
    ({ data }) => data,
  );
  const failed = completed.filter(({ data }) => data.outcome === 'failed');
  const byKill = failed.filter(({ data }) => data.error?.code === 'process-ended');
  return {
    begun: begun.length,
    wrong: begun.filter((runId) => perRun.get(runId)?.length !== 1),
    succeeded: completed.length - failed.length,
    ended: byKill.length,
    otherwise: failed.filter((event) => !byKill.includes(event)).map(({ data }) => data.error?.text ?? ''),
  };
}

/** What was said per rule and server: `raised` and `cleared`, in order. */
export function alarmChanges(events: readonly Event[]): ReadonlyMap<string, readonly string[]> {
  return grouped(
    ofType(events, 'alarm.raised', 'alarm.cleared'),
    ({ data }) => `${data.rule} on ${data.server}`,
    ({ type }) => type,
  );
}

/** What the rule of the high tide has to say of the facts 1 to `upTo`. */
export function tideChanges(upTo: number): readonly string[] {
  const changes: string[] = [];
  for (let number = 1; number <= upTo; number++) {
    if (number % 100 === highTide + 1) changes.push('alarm.raised');
    else if (number % 100 === 0) changes.push('alarm.cleared');
  }
  return changes;
}

export function grouped<Item, Value>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  valueOf: (item: Item) => Value,
): ReadonlyMap<string, readonly Value[]> {
  const groups = new Map<string, Value[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(valueOf(item));
    else groups.set(keyOf(item), [valueOf(item)]);
  }
  return groups;
}

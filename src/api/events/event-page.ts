import { seesEverything, type Principal } from '../../access/principal.js';
import { seesKey } from '../../access/server-keys.js';
import type { Event } from '../../event-log/envelope.js';
import type { Checkpoint, EventLog, ReadFilter } from '../../event-log/event-log.js';

/** A part of the log, oldest first. */
export interface EventPage {
  readonly events: readonly Event[];
  /** Behind the last of `events`; if they are all there is, behind everything that was looked at. */
  readonly position: Checkpoint;
  /** Whether the log held more that the filter takes. */
  readonly more: boolean;
}

/**
 * The next events that a filter takes and the principal sees, at most `limit`. Events about no single server, such as those of
 * what holds for the whole installation, are for those who see everything.
 */
export async function readEventPage(
  principal: Principal,
  log: EventLog,
  filter: Omit<ReadFilter, 'after' | 'limit'>,
  after: Checkpoint,
  limit: number,
): Promise<EventPage> {
  // Asked before reading: what is appended meanwhile may or may not be read, and must not be passed over.
  const head = await log.head();
  const events: Event[] = [];
  // How many have to be read for so many that are seen, no one knows.
  const atMost = seesEverything(principal) ? { limit: limit + 1 } : {};
  const position = new Map(after);
  for await (const batch of log.read({ ...filter, after, ...atMost })) {
    for (const { event, position: at } of batch) {
      if (!seesKey(principal, event.partitionkey)) continue;
      if (events.length === limit) return { events, position, more: true };
      events.push(event);
      position.set(at.partition, at.offset);
    }
  }
  return { events, position: furthest(position, head), more: false };
}

/** For each partition the greater offset of the two. */
function furthest(a: Checkpoint, b: Checkpoint): Checkpoint {
  const merged = new Map(a);
  for (const [partition, offset] of b) merged.set(partition, Math.max(offset, merged.get(partition) ?? 0));
  return merged;
}

/** Whether two checkpoints are the same. */
export function isSamePosition(a: Checkpoint, b: Checkpoint): boolean {
  return a.size === b.size && [...a].every(([partition, offset]) => b.get(partition) === offset);
}

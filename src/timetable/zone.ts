import { lowest } from '../shared/extremes.js';
import type { Instant } from '../shared/instant.js';

/**
 * What a clock on the wall shows, as the milliseconds that would have passed since 1970 if it had always run in UTC: a
 * plain number for calendar arithmetic, not a moment.
 */
export type WallTime = number;

const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of a zone show at a moment, to the second. */
export function wallAt(zone: string, instant: Instant): WallTime {
  return instant + offsetAt(zone, instant);
}

/**
 * The first moment at which the clocks of a zone show `wall` or later. A time that the clocks jump over comes at the end
 * of the jump; of one that they show twice, it is the first.
 */
export function firstMomentOf(zone: string, wall: WallTime): Instant {
  // A zone's offset is between -12 and +14 hours, so a day before and a day after are on either side of any change.
  const before = offsetAt(zone, wall - dayMs);
  const after = offsetAt(zone, wall + dayMs);
  const candidates = [wall - before, wall - after].filter((instant) => wallAt(zone, instant) === wall);
  if (candidates.length > 0) return lowest(candidates);
  return firstChange(zone, wall - dayMs, wall + dayMs) ?? wall - before;
}

/** The first moment after `from`, up to `to`, from which on the offset is no longer that of `from`; null if there is none. */
export function firstChange(zone: string, from: Instant, to: Instant): Instant | null {
  const offset = offsetAt(zone, from);
  if (offsetAt(zone, to) === offset) return null;
  let same = Math.floor(from / 1000);
  let different = Math.ceil(to / 1000);
  while (different - same > 1) {
    const middle = Math.floor((same + different) / 2);
    if (offsetAt(zone, middle * 1000) === offset) same = middle;
    else different = middle;
  }
  return different * 1000;
}

/** Milliseconds that the clocks of a zone are ahead of UTC. */
export function offsetAt(zone: string, instant: Instant): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wall - Math.floor(instant / 1000) * 1000;
}

/** Making a format takes a hundred times longer than using it. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, made);
  return made;
}

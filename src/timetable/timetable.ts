import type { Instant } from '../shared/instant.js';
import { allowsDay, parseCron, type CronLine } from './cron-line.js';
import { firstChange, firstMomentOf, offsetAt, wallAt, type WallTime } from './zone.js';

/**
 * When a cron line is due on the clocks of a zone.
 *
 * On the two nights of the clock change a line that names hours (`30 2 * * *`) starts exactly once: at the first moment at
 * which the clock on the wall shows its time *or a later one*. If 02:30 is jumped over, that is the end of the jump, 03:00;
 * if 02:30 comes twice, it is the first. A line whose hours are `*` or a step (`0 * * * *`, or every six hours) goes by elapsed
 * time: it starts whenever the clock shows a matching time, so it starts in both of the doubled hours and in none that is
 * jumped over.
 */
export interface Timetable {
  readonly line: CronLine;
  /** IANA name. */
  readonly zone: string;
}

const dayMs = 86_400_000;
/** 29 February is up to eight years away (1896 to 1904, 2096 to 2104). */
const farthestDays = 8 * 366 + 2;

/** @throws RangeError if the line is not a cron line. */
export function timetableOf(cron: string, zone: string): Timetable {
  const parsed = parseCron(cron);
  if (parsed.kind === 'fault') throw new RangeError(`"${cron}" is not a cron line: ${parsed.fault}`);
  return { line: parsed.line, zone };
}

/** The first moment later than `after` at which the line is due; null if it never is, such as on 30 February. */
export function nextDue(timetable: Timetable, after: Instant): Instant | null {
  return timetable.line.pace === 'elapsed' ? nextElapsed(timetable, after) : nextOfSetHours(timetable, after);
}

/** The last moment in `(after, upTo]` at which the line was due; null if there is none. */
export function latestDue(timetable: Timetable, after: Instant, upTo: Instant): Instant | null {
  const isDueAfter = (start: Instant) => (nextDue(timetable, start) ?? Infinity) <= upTo;
  if (!isDueAfter(after)) return null;
  // The line is due after `early` and not after `late`: halve until only its last moment is left.
  let early = after;
  let late = upTo;
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (isDueAfter(middle)) early = middle;
    else late = middle;
  }
  return late;
}

/** First moments rise with the times on the wall, so the search goes through the times that are still ahead there. */
function nextOfSetHours({ line, zone }: Timetable, after: Instant): Instant | null {
  let wall = nextWall(line, wallAt(zone, after));
  // In the second pass of a doubled hour the times ahead have had their moment already.
  while (wall !== null && firstMomentOf(zone, wall) <= after) wall = nextWall(line, wall);
  return wall === null ? null : firstMomentOf(zone, wall);
}

/** Goes from one change of the zone's offset to the next: in between, the clock on the wall runs evenly. */
function nextElapsed({ line, zone }: Timetable, after: Instant): Instant | null {
  let from = after + 1;
  for (;;) {
    const offset = offsetAt(zone, from);
    const wall = nextWall(line, from + offset - 1);
    if (wall === null) return null;
    const due = wall - offset;
    const change = firstChange(zone, from, from + dayMs);
    if (due < (change ?? from + dayMs)) return due;
    // Nothing until then. Within a day no change is overlooked; further on, what is before the next time on the wall
    // holds no start, with or without a change, and can be passed over.
    from = change ?? Math.max(from + dayMs, due - dayMs);
  }
}

/** The first time on the wall after `after` that the line allows; null if there is none. */
function nextWall(line: CronLine, after: WallTime): WallTime | null {
  const firstDay = Math.floor(after / dayMs);
  for (let day = firstDay; day <= firstDay + farthestDays; day++) {
    const date = new Date(day * dayMs);
    if (!allowsDay(line, date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCDay())) continue;
    const second = nextSecondOfDay(line, day === firstDay ? Math.floor((after - day * dayMs) / 1000) : -1);
    if (second !== null) return day * dayMs + second * 1000;
  }
  return null;
}

/** The first second of a day after `after` that the line allows; null if none is left on this day. */
function nextSecondOfDay({ hours, minutes, seconds }: CronLine, after: number): number | null {
  for (const hour of hours) {
    if (hour * 3600 + 3599 <= after) continue;
    for (const minute of minutes) {
      const start = hour * 3600 + minute * 60;
      if (start + 59 <= after) continue;
      const second = seconds.find((each) => start + each > after);
      if (second !== undefined) return start + second;
    }
  }
  return null;
}

import type { Instant } from '../shared/instant.js';
import { ownTimeZone } from '../shared/own-time-zone.adapter.js';
import { parseCron } from './cron-line.js';
import * as timetable from './timetable.js';
import type { Timetable } from './timetable.js';

/** When something is due: by a cron line and the clock of a time zone, by default the computer's own. */
export interface CronSchedule {
  readonly at: string;
  readonly timeZone?: string | undefined;
}

/**
 * What is wrong with a cron line, for people; null if nothing is. A line that never comes due, such as `0 0 30 2 *`, is
 * wrong too.
 */
export function cronFault(schedule: CronSchedule, now: Instant): string | null {
  const parsed = parseCron(schedule.at);
  if (parsed.kind === 'fault') return `"${schedule.at}" is not a cron line: ${parsed.fault}`;
  return nextDue(schedule, now) === null ? `"${schedule.at}" never occurs` : null;
}

/**
 * The first moment after `after` at which a schedule is due; null if there is none. What happens across the clock changes
 * is said at {@link Timetable}.
 * @throws RangeError if the line is not a cron line: see {@link cronFault}
 */
export function nextDue(schedule: CronSchedule, after: Instant): Instant | null {
  return timetable.nextDue(inZone(schedule), after);
}

/** The newest moment in `(after, upTo]` at which a schedule was due; null if there is none. @throws as {@link nextDue} */
export function latestDue(schedule: CronSchedule, after: Instant, upTo: Instant): Instant | null {
  return timetable.latestDue(inZone(schedule), after, upTo);
}

function inZone({ at, timeZone }: CronSchedule): Timetable {
  return timetable.timetableOf(at, timeZone ?? ownTimeZone());
}

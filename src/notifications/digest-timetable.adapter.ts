import { ownTimeZone } from '../shared/own-time-zone.adapter.js';
import { nextDue, timetableOf } from '../timetable/timetable.js';
import type { NextDue } from './occasions/occasion.js';

/** When a cron line next comes due, by the clock of its time zone, or by the computer's own. */
export const nextDigestDue: NextDue = (at, timeZone, after) => {
  const zone = timeZone ?? ownTimeZone();
  try {
    return nextDue(timetableOf(at, zone), after);
  } catch (error) {
    // `apply` refuses lines that are wrong or never come. One that got here all the same must cost its own digest only:
    // if this threw, no group would be told of anything any more.
    if (error instanceof RangeError) return null;
    throw error;
  }
};

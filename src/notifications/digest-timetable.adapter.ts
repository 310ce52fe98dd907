import { CronTime } from 'cron';
import type { NextDue } from './digest.js';

/** When a cron line next comes due, by the clock of its time zone, or by the computer's own. */
export const nextDigestDue: NextDue = (at, timeZone, after) => {
  try {
    const time = timeZone === undefined ? new CronTime(at) : new CronTime(at, timeZone);
    return time.getNextDateFrom(new Date(after), timeZone).toMillis();
  } catch {
    // `apply` refuses lines that are wrong; "0 0 30 2 *" is right and names no day. A line that got here all the same
    // must cost its own digest only: if this threw, no group would be told of anything any more.
    return null;
  }
};

import type { Instant } from '../shared/instant.js';
import { nextDue } from '../timetable/timetable.adapter.js';
import type { BackupJobDefinition } from './job.js';

/** So many planned starts show the longest time between two of them: that of a weekend, of a month. */
const startsLookedAt = 14;

/** The longest time between two planned starts, in ms; null for a job that runs on demand only. */
export function longestPlannedGap({ at, timeZone }: BackupJobDefinition, now: Instant): number | null {
  if (at === undefined) return null;
  let longest = 0;
  let last = nextDue({ at, timeZone }, now);
  for (let looked = 1; last !== null && looked < startsLookedAt; looked++) {
    const next = nextDue({ at, timeZone }, last);
    if (next === null) break;
    longest = Math.max(longest, next - last);
    last = next;
  }
  return longest === 0 ? null : longest;
}

import { toIso, type Instant } from '../shared/instant.js';
import { durationSeconds } from '../shared/schedule.js';
import { countsFrom, type JobMemory } from './job-memory.js';
import type { Observation } from './judge.js';
import type { AbsenceCondition } from './rule.js';

/** From this moment on the job has been without success for too long, as far as it is known at `now`. */
export function absenceBegins(when: AbsenceCondition, job: JobMemory, now: Instant): Instant {
  return countsFrom(job, now).from.at + durationSeconds(when.within) * 1000;
}

/** What the clock shows of a job that should have succeeded. */
export function observeAbsence(when: AbsenceCondition, job: JobMemory, now: Instant): Observation {
  const since = absenceBegins(when, job, now);
  if (now < since) return { shows: 'not-holding' };
  const { from, succeeded } = countsFrom(job, now);
  const history = succeeded
    ? `last succeeded at ${forPeople(from.at)}`
    : `has not succeeded since it was defined at ${forPeople(from.at)}`;
  return {
    shows: 'holding',
    because: 'no-success-in-time',
    since,
    summary: `${when.noSuccessOf} ${history}; it should succeed every ${when.within}`,
    // A newer success whose time is not believed is named too: the alarm is another one than that which it had ended.
    evidence: [from.eventId, ...(job.newest === null || job.newest === from.eventId ? [] : [job.newest])],
  };
}

/** `2026-11-22 02:00 UTC` */
function forPeople(instant: Instant): string {
  return `${toIso(instant).slice(0, 16).replace('T', ' ')} UTC`;
}

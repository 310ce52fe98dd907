import { z } from 'zod';
import { toIso, type Instant } from '../shared/instant.js';
import { durationSeconds } from '../shared/schedule.js';
import { instantSchema } from './alarm-state.js';
import type { Observation } from './judge.js';
import type { AbsenceCondition } from './rule.js';

const momentSchema = z.strictObject({ at: instantSchema, eventId: z.string() });

/** What is remembered of a backup job on one server. */
export const jobMemorySchema = z.strictObject({ defined: momentSchema, lastSuccess: momentSchema.nullable() });
export type JobMemory = Readonly<z.infer<typeof jobMemorySchema>>;

/** From this moment on the job has been without success for too long. */
export function absenceBegins(when: AbsenceCondition, job: JobMemory): Instant {
  return (job.lastSuccess ?? job.defined).at + durationSeconds(when.within) * 1000;
}

/** What the clock shows of a job that should have succeeded. */
export function observeAbsence(when: AbsenceCondition, job: JobMemory, now: Instant): Observation {
  const since = absenceBegins(when, job);
  if (now < since) return { shows: 'not-holding' };
  const { at, eventId } = job.lastSuccess ?? job.defined;
  const history = job.lastSuccess
    ? `last succeeded at ${forPeople(at)}`
    : `has not succeeded since it was defined at ${forPeople(at)}`;
  return {
    shows: 'holding',
    because: 'no-success-in-time',
    since,
    summary: `${when.noSuccessOf} ${history}; it should succeed every ${when.within}`,
    evidence: [eventId],
  };
}

/** `2026-11-22 02:00 UTC` */
function forPeople(instant: Instant): string {
  return `${toIso(instant).slice(0, 16).replace('T', ' ')} UTC`;
}

import { z } from 'zod';
import { lowest } from '../../shared/extremes.js';
import type { Instant } from '../../shared/instant.js';
import { isAhead, isUnbelievable } from '../../shared/log-time.js';
import { instantSchema } from '../alarm-state.js';

/** `at`: when it happened, and at the latest when it was recorded. */
const momentSchema = z.strictObject({ at: instantSchema, eventId: z.string() });
export type Moment = Readonly<z.infer<typeof momentSchema>>;

/** What is remembered of a backup job on one server. */
export const jobMemorySchema = z.strictObject({
  defined: momentSchema,
  /** The newest by the log's order. */
  lastSuccess: momentSchema.nullable(),
  /** Some of those before it, oldest first: they count where the newest turns out to be dated by a clock that ran ahead. */
  earlier: z.array(momentSchema).readonly().default([]),
  /** The event of the newest success in the log, also where its time is not believed. */
  newest: z.string().nullable().default(null),
});
export type JobMemory = Readonly<z.infer<typeof jobMemorySchema>>;

const mostEarlier = 6;

export function newJob(defined: Moment): JobMemory {
  return { defined, lastSuccess: null, earlier: [], newest: null };
}

/** Of too many successes, one that lies close before the next is forgotten: those before a leap of the clock stay. */
export function withSuccess(job: JobMemory, success: Moment): JobMemory {
  const earlier = job.lastSuccess ? [...job.earlier, job.lastSuccess] : job.earlier;
  return {
    ...job,
    lastSuccess: success,
    earlier: earlier.length > mostEarlier ? withoutClosest(earlier) : earlier,
    newest: success.eventId,
  };
}

function withoutClosest(moments: readonly Moment[]): readonly Moment[] {
  const gaps = moments.slice(0, -1).map(({ at }, index) => (moments[index + 1]?.at ?? at) - at);
  const closest = gaps.indexOf(lowest(gaps));
  return moments.filter((_, index) => index !== closest);
}

/**
 * What is known of a job once something was recorded at `now`: nothing that is before that in the log is later. A
 * success that says so was dated by a clock that ran ahead.
 */
export function knownAt(job: JobMemory, now: Instant): JobMemory {
  const { defined, lastSuccess, earlier } = job;
  const successes = lastSuccess ? [...earlier, lastSuccess] : earlier;
  if (![defined, ...successes].some(({ at }) => isAhead(at, now))) return job;
  const capped = (moment: Moment): Moment => ({ ...moment, at: Math.min(moment.at, now) });
  const believed = successes.filter(({ at }) => !isUnbelievable(at, now)).map(capped);
  return { ...job, defined: capped(defined), lastSuccess: believed.at(-1) ?? null, earlier: believed.slice(0, -1) };
}

/** From when the time without success counts at `now`: the last success that can be believed, or the job's definition. */
export function countsFrom(
  { defined, lastSuccess, earlier }: JobMemory,
  now: Instant,
): { readonly from: Moment; readonly succeeded: boolean } {
  const believed = [...earlier, ...(lastSuccess ? [lastSuccess] : [])].findLast(({ at }) => !isUnbelievable(at, now));
  return { from: believed ?? defined, succeeded: believed !== undefined };
}

import type { Instant } from '../shared/instant.js';

/** Whether a job is to run at once when the program starts, and why, or why not. */
export type StartVerdict =
  | { readonly run: true; readonly because: 'never-succeeded' | 'missed-start'; readonly plannedFor: Instant | null }
  | { readonly run: false; readonly because: 'on-demand-only' | 'nothing-missed' };

/**
 * @param missed the newest planned start that is behind us and that no run has served; null if there is none
 */
export function judgeStart(job: {
  readonly hasTimetable: boolean;
  readonly everSucceeded: boolean;
  readonly missed: Instant | null;
}): StartVerdict {
  if (!job.hasTimetable) return { run: false, because: 'on-demand-only' };
  if (!job.everSucceeded) return { run: true, because: 'never-succeeded', plannedFor: job.missed };
  if (job.missed !== null) return { run: true, because: 'missed-start', plannedFor: job.missed };
  return { run: false, because: 'nothing-missed' };
}

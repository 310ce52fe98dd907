import { highest } from '../shared/extremes.js';
import type { Instant } from '../shared/instant.js';
import { effectiveTime, isUnbelievable } from '../shared/log-time.js';
import { durationSeconds, type NextDue } from '../shared/schedule.js';
import type { CheckupDefinition, CheckupStatus } from './checkup.js';

/** What is known of a check-up now, and why. */
export interface Knowledge {
  readonly status: CheckupStatus;
  /**
   * `looked`: its newest result says so. Otherwise unknown: no one looked yet, the newest result is too old to count,
   * or it was recorded by a clock that ran ahead, so that its age is not known.
   */
  readonly because: 'looked' | 'never-looked' | 'overdue' | 'clock-wrong';
}

type Planned = Pick<CheckupDefinition, 'every' | 'at' | 'timeZone' | 'timeout'>;
/** Times in RFC 3339. Its age counts from when it was seen, and at the latest from its recording. */
type Result = { readonly status: CheckupStatus; readonly time: string; readonly recordedAt?: string };

/** The status of a check-up as it may be shown now: see {@link knowledgeNow}. */
export function statusNow(planned: Planned, newest: Result | null, now: Instant, due: NextDue): CheckupStatus {
  return knowledgeNow(planned, newest, now, due).status;
}

/**
 * What is known of a check-up now. A result counts until three intervals have passed, or two planned looks, with the time
 * that the second may take, have brought none: after downtime nothing that no one watched is shown green.
 * @param newest its newest result; null if there is none
 */
export function knowledgeNow(planned: Planned, newest: Result | null, now: Instant, due: NextDue): Knowledge {
  if (!newest) return { status: 'unknown', because: 'never-looked' };
  const seen = effectiveTime({ time: newest.time, recordedtime: newest.recordedAt ?? newest.time });
  if (isUnbelievable(seen, now)) return { status: 'unknown', because: 'clock-wrong' };
  const until = countsUntil(planned, seen, due);
  if (until !== null && now > until) return { status: 'unknown', because: 'overdue' };
  return { status: newest.status, because: 'looked' };
}

/** The last moment at which a result of `looked` counts; null if no further look is planned. */
function countsUntil({ every, at, timeZone, timeout }: Planned, looked: Instant, due: NextDue): Instant | null {
  if (every !== undefined) return looked + 3 * durationSeconds(every) * 1000;
  if (at === undefined) return null;
  const first = due({ at, timeZone }, looked);
  const second = first === null ? null : due({ at, timeZone }, first);
  return second === null ? null : second + durationSeconds(timeout) * 1000;
}

/** From best to worst. What no one knows is worse than good, and does not hide what is known to be bad. */
const fromBestToWorst: readonly CheckupStatus[] = ['ok', 'unknown', 'warning', 'critical'];

/** The worst of several statuses; unknown if there is none at all. */
export function worstStatus(statuses: readonly CheckupStatus[]): CheckupStatus {
  const worst = highest(
    statuses.map((status) => fromBestToWorst.indexOf(status)),
    -1,
  );
  return fromBestToWorst[worst] ?? 'unknown';
}

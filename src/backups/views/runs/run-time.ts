import { fromIso, type Instant } from '../../../shared/instant.js';
import { isAhead } from '../../../shared/log-time.js';
import type { RunRow } from './runs.entity.js';

type Run = Pick<RunRow, 'startedAt' | 'completedAt'>;

/** When a run ended, or began if it has not, as it states. */
export function statedTime({ startedAt, completedAt }: Run): Instant {
  return fromIso(completedAt ?? startedAt);
}

/**
 * Whether a run is dated by a clock that ran ahead: it states a time that has not come yet, or one after a run that lies
 * behind it in the log.
 */
export function isClockWrong(run: Run, now: Instant, later: Run | null = null): boolean {
  const latest = later === null ? now : Math.min(now, statedTime(later));
  return isAhead(statedTime(run), latest);
}

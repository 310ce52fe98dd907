import { fromIso, type Instant } from './instant.js';

// What is believed of times: docs/decisions/0021-order-is-the-logs.md. The log's order is the order of what happened. A
// stated time is shown; it decides only whether a result comes late.

/** Clocks of two computers may differ by so much and both be called right. */
export const believedApartMs = 5 * 60_000;

/**
 * What is dated further ahead of now than this is not believed: it is not known how old it is. What is dated ahead by less
 * was recorded by a clock that was wrong by an hour or two, as one of another time zone is: it counts as of now.
 */
export const countedAheadMs = 2 * 3_600_000;

/** The two times of an event, RFC 3339. */
export interface Times {
  /** Stated by anyone who saw it happen. */
  readonly time: string;
  /** When the first log stored it, by our clock. */
  readonly recordedtime: string;
}

/** When something happened and when it was recorded, as far as that can be believed. */
export interface LogTime {
  readonly at: Instant;
  readonly recordedAt: Instant;
}

/** Nothing happens after it was recorded: a clock that ran ahead counts as far as the recording. */
export function logTime({ time, recordedtime }: Times): LogTime {
  const recordedAt = fromIso(recordedtime);
  return { at: Math.min(fromIso(time), recordedAt), recordedAt };
}

/** When an event happened, for all that is decided on it. */
export function effectiveTime(times: Times): Instant {
  return logTime(times).at;
}

/** A time that follows another one, as it is shown: never before it, whatever a clock stated. Both RFC 3339, as {@link Times}. */
export function notBefore(time: string, other: string): string {
  return time < other ? other : time;
}

/** Whether a moment lies further ahead of another than two right clocks can differ. */
export function isAhead(moment: Instant, of: Instant): boolean {
  return moment > of + believedApartMs;
}

/** Whether a moment lies so far ahead of now that it says nothing about how old something is. */
export function isUnbelievable(moment: Instant, now: Instant): boolean {
  return moment > now + countedAheadMs;
}

/** Whether anyone who stated the time of an event had a clock that ran ahead of ours. */
export function statedAhead({ time, recordedtime }: Times): boolean {
  return isAhead(fromIso(time), fromIso(recordedtime));
}

/**
 * Whether a result that comes later in the log than another of the same series is older all the same: someone states
 * what was seen before. It is kept as history and changes neither status nor alarm.
 *
 * Where our own clock was put back in between, times before and after cannot be compared, and the log's order counts. Two
 * processes that record for one server may differ a little, so a small step back proves that only for a result that was
 * recorded as soon as it was seen.
 * @param last the one judged last; null if this is the first
 */
export function isHistory(next: LogTime, last: LogTime | null): boolean {
  if (last === null || next.at >= last.at) return false;
  const clockPutBack =
    isAhead(last.recordedAt, next.recordedAt) ||
    (last.recordedAt > next.recordedAt && !isAhead(next.recordedAt, next.at));
  return !clockPutBack;
}

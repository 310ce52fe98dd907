import { UsageError } from './errors-text.js';
import { durationSchema, durationSeconds } from '../shared/schedule.js';

/**
 * The moment that `--since` means: a duration before now, such as `90m` or `2d`, or a date or time.
 * @returns milliseconds since 1970
 * @throws UsageError if it is neither
 */
export function sinceMoment(text: string, now: number): number {
  if (durationSchema.safeParse(text).success) return now - durationSeconds(text) * 1000;
  const moment = Date.parse(text);
  if (Number.isNaN(moment)) {
    throw new UsageError(
      `"${text}" is not a valid time: write a duration such as 90m, 12h or 2d, or a time such as 2026-11-22T02:00:00Z`,
    );
  }
  return moment;
}

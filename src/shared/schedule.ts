import { z } from 'zod';
import type { Instant } from './instant.js';

/** A duration in a definition: `90s`, `5m`, `26h`, `14d`. */
export const durationSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,5}(s|m|h|d)$/, 'must be a whole number with s, m, h or d, such as 5m or 26h');

const secondsPer = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Seconds in a duration that {@link durationSchema} accepted. */
export function durationSeconds(text: string): number {
  const unit = text.slice(-1);
  if (unit !== 's' && unit !== 'm' && unit !== 'h' && unit !== 'd') throw new RangeError(`"${text}" is not a duration`);
  return Number(text.slice(0, -1)) * secondsPer[unit];
}

/** A cron line of five fields (minute hour day month weekday), or of six with seconds first. Its meaning is checked on apply. */
export const cronSchema = z.string().min(9).max(200);

/** An IANA time zone such as `Europe/Berlin`. */
export const timeZoneSchema = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin');

/** Whether the runtime knows the zone; letter case does not count. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The first moment after another at which a cron line is due, null if never again: `nextDue` of the timetable. */
export type NextDue = (
  schedule: { readonly at: string; readonly timeZone?: string | undefined },
  after: Instant,
) => Instant | null;

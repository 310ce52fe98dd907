/** A moment: milliseconds since 1970-01-01T00:00:00Z. Time is data: anyone who decides gets it as an argument. */
export type Instant = number;

/** RFC 3339 in UTC with milliseconds, as events carry it: `2026-11-22T02:00:00.000Z`. */
export function toIso(instant: Instant): string {
  return new Date(instant).toISOString();
}

/** @throws RangeError if the text is not a date. */
export function fromIso(text: string): Instant {
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw new RangeError(`"${text}" is not an RFC 3339 time such as 2026-11-22T02:00:00Z`);
  return instant;
}

const asIsoWrites = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * An RFC 3339 time as {@link toIso} writes it. What looks so is left alone: to read and write it takes thirty times longer.
 * @throws RangeError if the text is not a date
 */
export function canonicalIso(text: string): string {
  return asIsoWrites.test(text) ? text : toIso(fromIso(text));
}

export interface Clock {
  now(): Instant;
}

/** The injection token of the clock. */
export const CLOCK = Symbol('Clock');

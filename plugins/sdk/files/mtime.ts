/**
 * Modification times are kept to the microsecond, as whole microseconds since 1970 in a number: exact until the year 2255,
 * and all that Node's `utimes` can set.
 */
export type Microseconds = number;

/** Beyond this, numbers soon are not exact; such a time, of a wrong clock, is taken as the bound: 1684 or 2255. */
export const mtimeBoundUs = 9_000_000_000_000_000;
const bound = BigInt(mtimeBoundUs);

export function fromNanoseconds(ns: bigint): Microseconds {
  const us = ns < 0n ? floorDivide(ns, 1_000_000n) * 1000n : ns / 1000n;
  return Number(us > bound ? bound : us < -bound ? -bound : us);
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b < 0n ? 1n : 0n);
}

/**
 * What `utimes` is to be given. Node makes a floating-point number of seconds into whole microseconds by cutting off, so half
 * a microsecond is added lest one is lost. It takes no negative numbers, but dates before 1970: those are kept to the
 * millisecond, also by {@link fromNanoseconds}.
 */
export function forUtimes(us: Microseconds): number | Date {
  return us < 0 ? new Date(Math.floor(us / 1000)) : (us + 0.5) / 1e6;
}

/** RFC 3339 in UTC with six digits: `2026-11-22T02:00:00.123456Z`. */
export function formatMtime(us: Microseconds): string {
  const ms = Math.floor(us / 1000);
  const rest = String(us - ms * 1000).padStart(3, '0');
  return `${new Date(ms).toISOString().slice(0, -1)}${rest}Z`;
}

/** @returns null if the text is not as {@link formatMtime} writes it. */
export function parseMtime(text: string): Microseconds | null {
  const match = /^((?:[+-]\d{2})?\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3})(\d{3})Z$/.exec(text);
  if (!match?.[1] || !match[2]) return null;
  const ms = Date.parse(`${match[1]}Z`);
  const us = ms * 1000 + Number(match[2]);
  return Math.abs(us) <= mtimeBoundUs ? us : null;
}

import { fromIso, type Instant } from '../shared/instant.js';
import { believedApartMs } from '../shared/log-time.js';

const dayMs = 86_400_000;

/** Between two looks, a clock that is right moves as far as the steady one: set right by seconds, or by a minute or two. */
export const jumpMs = believedApartMs;

/**
 * A computer is off at night, over weekends and bank holidays, and then its clock is far ahead of the log. What is longer
 * than four days may be a clock that is wrong as well as a holiday.
 */
export const longestOffMs = 4 * dayMs;

/** A clock that has run for so long without another jump is believed, though no person has confirmed it. */
export const agreedAfterMs = 7 * dayMs;

/** What two clocks show at one moment. */
export interface ClockReading {
  /** The computer's clock, which people and time servers set. */
  readonly wall: Instant;
  /** Milliseconds since some moment, by a clock that is never set and continues while the computer sleeps. */
  readonly steadyMs: number;
}

export interface FoundJump {
  readonly against: 'steady-clock' | 'log';
  readonly expected: Instant;
  readonly shown: Instant;
}

/** Whether the clock jumped between two readings of one process. A steady clock that began again says nothing. */
export function jumpBetween(before: ClockReading, now: ClockReading): FoundJump | null {
  const passed = now.steadyMs - before.steadyMs;
  if (passed < 0) return null;
  const expected = before.wall + passed;
  return isJump(now.wall - expected, jumpMs) ? { against: 'steady-clock', expected, shown: now.wall } : null;
}

/** Whether the clock fits the log at a start. Ahead of it, the computer may just have been off. */
export function jumpFromLog(lastRecorded: Instant, now: Instant): FoundJump | null {
  const ms = now - lastRecorded;
  if (ms >= -jumpMs && ms <= longestOffMs) return null;
  return { against: 'log', expected: lastRecorded, shown: now };
}

function isJump(ms: number, mostMs: number): boolean {
  return Math.abs(ms) > mostMs;
}

/** A jump that neither a person nor the clock itself has made good. */
export interface OpenJump {
  readonly installation: string;
  readonly computer: string;
  readonly against: FoundJump['against'];
  /** RFC 3339. */
  readonly expected: string;
  readonly shown: string;
  readonly ms: number;
}

/**
 * Those that still keep what cannot be undone from being done.
 * @param open in the order of the log
 * @param patienceMs how long the clock must have run since the last of them
 */
export function notAgreed<Jump extends OpenJump>(
  open: readonly Jump[],
  now: Instant,
  patienceMs = agreedAfterMs,
): readonly Jump[] {
  return open.filter(({ installation }) => {
    const last = open.findLast((jump) => jump.installation === installation);
    const ranMs = last === undefined ? 0 : now - fromIso(last.shown);
    return ranMs < Math.min(patienceMs, agreedAfterMs);
  });
}

/** `60 days ahead (2026-09-30 02:00, not 2026-08-01 02:00)`. */
export function jumpText({ expected, shown, ms, against }: Omit<OpenJump, 'installation' | 'computer'>): string {
  const direction = ms < 0 ? 'back' : 'forward';
  const by = `${sizeText(Math.abs(ms))} ${direction}`;
  const moments = `from ${minuteText(expected)} to ${minuteText(shown)} UTC`;
  const off = against === 'log' && ms > 0 ? ', or the computer was off' : '';
  return `the clock jumped ${by} (${moments})${off}`;
}

function sizeText(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 120) return `${Math.round(minutes)} minutes`;
  const hours = minutes / 60;
  return hours < 48 ? `${Math.round(hours)} hours` : `${Math.round(hours / 24).toLocaleString('en')} days`;
}

function minuteText(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

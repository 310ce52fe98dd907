import { uptime } from 'node:os';
import type { Clock } from './instant.js';

/** The computer's own clock: the one place in `src/` that asks for the time. */
export const systemClock: Clock = { now: () => Date.now() };

/** Milliseconds since the computer was started, sleep included: a clock that is never set. */
export function steadyMs(): number {
  return Math.round(uptime() * 1000);
}

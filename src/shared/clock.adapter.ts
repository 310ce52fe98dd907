import type { Clock } from './instant.js';

/** The computer's own clock: the one place in `src/` that asks for the time. */
export const systemClock: Clock = { now: () => Date.now() };

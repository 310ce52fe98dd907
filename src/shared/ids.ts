import { v5, v7 } from 'uuid';
import type { Instant } from './instant.js';

/** The namespace of ids computed from causes; any fixed UUID does, and it must never change. */
const DECISIONS = '8d1f6a52-6a5e-4c1b-9b0a-7f6c0f6f2a41';

/** A time-ordered id (UUID v7) for a fact. */
export function factId(now: Instant): string {
  return v7({ msecs: now });
}

/**
 * The id of what was decided (UUID v5): the same causes give the same id, so a repeated decision is the same event.
 * The parts are joined with a line feed, which no name of ours can contain.
 */
export function decisionId(...causes: readonly string[]): string {
  return v5(causes.join('\n'), DECISIONS);
}

import type { Instant } from '../shared/instant.js';
import { believedApartMs } from '../shared/log-time.js';

const minute = 60_000;

/** Waits after the first failures, in milliseconds; after that it is tried every hour. */
const firstWaits = [1 * minute, 5 * minute, 15 * minute, 60 * minute];
const laterWait = 60 * minute;

/** Up to when a message may be to wait. What is later was planned by a clock that ran ahead, and does not count. */
export function latestWait(now: Instant): Instant {
  return now + laterWait + believedApartMs;
}

/** How long it is tried, counted from the first attempt: a mail server may stay down over a weekend. */
export const tryForMs = 3 * 24 * 60 * minute;

/** How one attempt ended. */
export type AttemptOutcome =
  | { readonly kind: 'accepted' }
  /** Trying again may help. */
  | { readonly kind: 'retryable' }
  | { readonly kind: 'permanent' };

export type AttemptVerdict =
  | { readonly next: 'done'; readonly because: 'accepted' }
  | { readonly next: 'retry'; readonly because: 'may-work-later'; readonly retryAt: Instant }
  | { readonly next: 'give-up'; readonly because: 'will-not-work' | 'tried-long-enough' };

/**
 * What follows from an attempt to deliver a message.
 * @param attempt counts from 1
 * @param firstAttemptAt when the first attempt was made
 */
export function afterAttempt(
  { attempt, firstAttemptAt }: { readonly attempt: number; readonly firstAttemptAt: Instant },
  outcome: AttemptOutcome,
  now: Instant,
): AttemptVerdict {
  switch (outcome.kind) {
    case 'accepted':
      return { next: 'done', because: 'accepted' };
    case 'permanent':
      return { next: 'give-up', because: 'will-not-work' };
    case 'retryable': {
      const retryAt = now + (firstWaits[attempt - 1] ?? laterWait);
      if (retryAt > firstAttemptAt + tryForMs) return { next: 'give-up', because: 'tried-long-enough' };
      return { next: 'retry', because: 'may-work-later', retryAt };
    }
  }
}

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { afterAttempt, tryForMs } from './after-attempt.js';

const minute = 60_000;
const hour = 60 * minute;

describe('after an attempt to deliver', () => {
  it('an accepted message is done', () => {
    expect(afterAttempt({ attempt: 1, firstAttemptAt: 0 }, { kind: 'accepted' }, 0)).toEqual({
      next: 'done',
      because: 'accepted',
    });
  });

  it('what will never work is given up at once', () => {
    expect(afterAttempt({ attempt: 1, firstAttemptAt: 0 }, { kind: 'permanent' }, 0)).toEqual({
      next: 'give-up',
      because: 'will-not-work',
    });
  });

  it.each([
    [1, 1 * minute],
    [2, 5 * minute],
    [3, 15 * minute],
    [4, 60 * minute],
    [5, 60 * minute],
    [40, 60 * minute],
  ])('attempt %i that failed is followed by another after %i ms', (attempt, wait) => {
    const verdict = afterAttempt({ attempt, firstAttemptAt: 0 }, { kind: 'retryable' }, 7 * minute);
    expect(verdict).toEqual({ next: 'retry', because: 'may-work-later', retryAt: 7 * minute + wait });
  });

  it('is tried until three days after the first attempt, and no longer', () => {
    const attempt = { attempt: 70, firstAttemptAt: 0 };
    expect(afterAttempt(attempt, { kind: 'retryable' }, tryForMs - hour)).toMatchObject({ next: 'retry' });
    expect(afterAttempt(attempt, { kind: 'retryable' }, tryForMs - hour + 1)).toEqual({
      next: 'give-up',
      because: 'tried-long-enough',
    });
  });

  it('comes to an end, whatever the clock', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 41 }), (firstAttemptAt) => {
        let now = firstAttemptAt;
        for (let attempt = 1; attempt < 100; attempt++) {
          const verdict = afterAttempt({ attempt, firstAttemptAt }, { kind: 'retryable' }, now);
          if (verdict.next !== 'retry') return attempt > 70;
          now = verdict.retryAt;
        }
        return false;
      }),
    );
  });
});

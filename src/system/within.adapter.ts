import { setTimeout as pause } from 'node:timers/promises';
import { WardroundError } from '../shared/errors.js';

/**
 * What is asked, or an error after a time: where a server hangs, a question to it may never be answered.
 * @throws WardroundError `unreachable`
 */
export async function within<T>(ms: number, asked: Promise<T>): Promise<T> {
  const answered = new AbortController();
  const tooLate = pause(ms, undefined, { signal: answered.signal }).then(() => {
    throw new WardroundError('unreachable', `there was no answer within ${ms / 1000} s`);
  });
  // Whichever comes second is not looked at any more, whatever becomes of it.
  tooLate.catch(() => undefined);
  asked.catch(() => undefined);
  try {
    return await Promise.race([asked, tooLate]);
  } finally {
    answered.abort();
  }
}

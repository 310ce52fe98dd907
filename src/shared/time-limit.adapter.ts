import { WardroundError } from './errors.js';

/**
 * What is asked, or an error after a time: where a server hangs, a question to it may never be answered. Whichever comes second
 * is not looked at any more, whatever becomes of it.
 * @param late makes the error, from words for what happened
 * @throws WardroundError `unreachable`, or what `late` makes
 */
export async function withTimeLimit<T>(ms: number, asked: Promise<T>, late = unreachable): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late(`no response within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([asked, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Whether work is done in time; it continues if it is not.
 * @throws what the work throws until then
 */
export async function doneWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const done = work.then(() => true);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}

function unreachable(why: string): Error {
  return new WardroundError('unreachable', why);
}

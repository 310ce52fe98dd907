/**
 * Waits for several at once, as Promise.all does, but until all of them are done: when one failed, nothing goes on behind the
 * back of whoever cleans up.
 * @throws the error of the first in the list that failed
 */
export async function together<T extends readonly unknown[] | []>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

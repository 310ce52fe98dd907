/**
 * Waits for several at once, as Promise.all does, but until all of them are done: when one failed, nothing still runs while
 * the caller cleans up.
 * @throws what failed first
 */
export async function settleAll<T extends readonly unknown[] | []>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const all = Promise.all(work);
  await Promise.allSettled([all, ...work]);
  return all;
}

/**
 * What work comes to, or, so long after the signal has fired, its reason: what hangs does not see that it is to stop. What
 * becomes of the work then is not looked at any more.
 * @throws what the work throws, or the signal's reason
 */
export async function untilGivenUp<T>(work: Promise<T>, signal: AbortSignal, patienceMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const given = new Promise<never>((_, reject) => {
    onAbort = () => {
      timer = setTimeout(() => reject(signal.reason as Error), patienceMs);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, given]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}

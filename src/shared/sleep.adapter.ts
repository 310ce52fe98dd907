import { setTimeout as timeout } from 'node:timers/promises';

/** Resolves after so long, or at once when the signal aborts: the caller then checks the signal. It never rejects. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await timeout(ms, undefined, { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

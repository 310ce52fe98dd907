import { setTimeout as timeout } from 'node:timers/promises';

/** Resolves after so long, or at once when the signal aborts: then whoever pauses looks at the signal. It never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await timeout(ms, undefined, { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { sleep } from './sleep.adapter.js';

const longMs = 60_000;

describe('a pause', () => {
  it('lasts as long as it was asked to', async () => {
    const begun = performance.now();
    await sleep(20);
    await sleep(20, new AbortController().signal);
    expect(performance.now() - begun).toBeGreaterThan(35);
  });

  it('ends early when it is aborted', async () => {
    const stop = new AbortController();
    const paused = sleep(longMs, stop.signal);
    stop.abort(new Error('for a reason of its own'));
    await expect(paused).resolves.toBeUndefined();
  });

  it('does not begin where it was aborted before', async () => {
    await expect(sleep(longMs, AbortSignal.abort())).resolves.toBeUndefined();
  });

  it('leaves nothing behind, however it ends', async () => {
    const timers = openTimers();
    const { signal } = new AbortController();
    await sleep(1, signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);

    const stop = new AbortController();
    const paused = sleep(longMs, stop.signal);
    expect(openTimers()).toBe(timers + 1);
    stop.abort();
    await paused;
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
    expect(openTimers()).toBe(timers);
  });
});

function openTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

import { describe, expect, it } from '@jest/globals';
import { CallPlaces } from './call-places.adapter.js';
import { spanText } from './span-text.js';

const never = new AbortController().signal;
const one = { checkup: 1, source: 1, destination: 1, channel: 1 };
const waitMs = { light: 60_000, heavy: 60_000 };

function placesAt(clock: { ms: number }, limits: Partial<ConstructorParameters<typeof CallPlaces>[0]> = {}) {
  return new CallPlaces({ concurrentCalls: one, waitMs, ...limits }, () => clock.ms);
}

function call(kind: 'checkup' | 'source' | 'destination' | 'channel', operation: string, plugin = 'folder') {
  return { kind, plugin, operation, onWaiting: () => undefined };
}

describe('the places of calls', () => {
  it('R10: are apart for heavy and light calls of a kind', async () => {
    const places = placesAt({ ms: 0 });
    await places.take(call('destination', 'store'), never);
    for (const operation of ['check', 'list']) {
      const light = await places.take(call('destination', operation), never);
      light.free();
    }
    for (const operation of ['store', 'verify', 'remove', 'restore']) {
      const leaving = new AbortController();
      const waiting = places.take(call('destination', operation), leaving.signal);
      leaving.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    }
  });

  it('R10 kind: say for how long a call had to wait, which counts as nothing of its time', async () => {
    const clock = { ms: 0 };
    const places = placesAt(clock);
    const first = await places.take(call('checkup', 'run'), never);
    const second = places.take(call('checkup', 'run'), never);
    clock.ms = 9_400;
    first.free();
    expect([first.waitedMs, (await second).waitedMs]).toEqual([0, 9_400]);
  });

  it('R10 kind: are not waited for without end; the refusal says who has them', async () => {
    const clock = { ms: 0 };
    const places = placesAt(clock, { waitMs: { light: 5, heavy: 60_000 } });
    await places.take(call('checkup', 'run', 'nagios'), never);
    clock.ms = 12 * 60_000;
    await expect(places.take(call('checkup', 'run', 'memory'), never)).rejects.toMatchObject({
      code: 'overloaded',
      message:
        'memory: was not started, because there was no free slot within 5 ms: 1 other call is running, the longest for 12 min (nagios)',
    });
  });

  it('R10 kind: tell a call that is cancelled while it waits from one that ran', async () => {
    const clock = { ms: 0 };
    const places = placesAt(clock);
    await places.take(call('source', 'prepare'), never);
    const leaving = new AbortController();
    const waiting = places.take(call('source', 'prepare', 'sqlite'), leaving.signal);
    clock.ms = 100;
    leaving.abort();
    await expect(waiting).rejects.toMatchObject({ message: 'sqlite: was cancelled while waiting for a free slot' });
  });
});

describe('a device for one call at a time', () => {
  const many = { checkup: 4, source: 4, destination: 4, channel: 4 };
  const forJob = (job: string, device: string | null, operation = 'store') => ({
    ...call('destination', operation, 'tape'),
    ...{ device, purpose: `the job ${job}` },
  });

  it('is waited for by every other call, also by one that only looks; others go on', async () => {
    const clock = { ms: 0 };
    const places = placesAt(clock, { concurrentCalls: many });
    const first = await places.take(forJob('nightly', 'tape 1'), never);
    const waiting = places.take(forJob('weekly', 'tape 1', 'list'), never);
    (await places.take(forJob('weekly', 'tape 2'), never)).free();
    (await places.take(forJob('weekly', null), never)).free();
    clock.ms = 9_400;
    first.free();
    const second = await waiting;
    expect(second.waitedMs).toBe(9_400);
    second.free();
    (await places.take(forJob('nightly', 'tape 1'), never)).free();
  });

  it('that does not come free in time is told with what it is used for', async () => {
    const clock = { ms: 0 };
    const places = placesAt(clock, { concurrentCalls: many, waitMs: { light: 60_000, heavy: 5 } });
    await places.take(forJob('nightly', 'tape 1'), never);
    clock.ms = 12 * 60_000;
    await expect(places.take(forJob('weekly', 'tape 1', 'check'), never)).rejects.toMatchObject({
      code: 'overloaded',
      message:
        'tape: was not started, because its device was in use for 5 ms: store for the job nightly has had it for 12 min (tape)',
    });
  });

  it('takes no place from others while it is waited for', async () => {
    const places = placesAt({ ms: 0 });
    const first = await places.take(forJob('nightly', 'tape 1', 'list'), never);
    const leaving = new AbortController();
    const waiting = places.take(forJob('weekly', 'tape 1'), leaving.signal);
    (await places.take(call('destination', 'store'), never)).free();
    leaving.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    first.free();
    (await places.take(forJob('weekly', 'tape 1'), never)).free();
  });
});

describe('a span of time', () => {
  it.each([
    [0.4, '0 ms'],
    [999, '999 ms'],
    [2_500, '2.5 s'],
    [900_000, '15 min'],
  ])('%d is %s', (ms, text) => expect(spanText(ms)).toBe(text));
});

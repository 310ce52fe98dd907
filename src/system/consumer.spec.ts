import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromIso } from '../shared/instant.js';
import { consumerOf, withSample, type Sample } from './consumer.js';

const start = fromIso('2026-11-22T08:00:00Z');

function sample(seconds: number, change: Partial<Sample['status']> = {}): Sample {
  const status = { name: 'views', lag: 0, handled: 0, parked: 0, lastError: null, ...change };
  return { at: start + seconds * 1000, status };
}

/** As it is after all of these. */
function after(samples: readonly Sample[]) {
  const [first = sample(0), ...others] = samples.reduce<readonly Sample[]>(withSample, []);
  return consumerOf([first, ...others], null);
}

/** One sample each five seconds, up to and with the last. */
const every5s = (upTo: number, change: (seconds: number) => Partial<Sample['status']>) =>
  Array.from({ length: upTo / 5 + 1 }, (_, index) => sample(index * 5, change(index * 5)));

describe('a consumer of the log', () => {
  it('is current when nothing is left, and behind while it is at work', () => {
    expect(after([sample(0)])).toEqual({
      ...{ name: 'views', state: 'current', lag: 0, rate: 0, parked: 0, lastError: null, since: null },
    });
    expect(after([sample(0, { lag: 9 })])).toMatchObject({ state: 'behind', lag: 9 });
    expect(after(every5s(300, (at) => ({ lag: 5_000 - at, handled: at })))).toMatchObject({ state: 'behind', rate: 1 });
  });

  it('has the rate of the last minute, and not of the time before', () => {
    expect(after(every5s(600, (at) => ({ handled: at < 540 ? at * 100 : 54_000 })))).toMatchObject({ rate: 0 });
    const faster = after(every5s(600, (at) => ({ handled: at < 540 ? 0 : (at - 540) * 20 })));
    expect(faster).toMatchObject({ rate: 20 });
    expect(after([sample(0), sample(2, { handled: 300 })])).toMatchObject({ rate: 150 });
  });

  it('keeps its rate when it loses a partition with what it had gone through in it', () => {
    const samples = every5s(60, (at) => ({ handled: at < 30 ? 10_000 + at : at - 30 }));
    expect(after(samples).rate).toBeGreaterThanOrEqual(0);
    expect(after(samples).rate).toBeLessThan(1.01);
  });

  it('is stuck when nothing has moved for a minute though there was something all the time', () => {
    const stuck = (at: number) => ({ lag: 7, handled: 3 + at * 0 });
    expect(after(every5s(55, stuck))).toMatchObject({ state: 'behind' });
    expect(after(every5s(60, stuck))).toMatchObject({ state: 'stuck', since: '2026-11-22T08:00:00.000Z' });
    expect(after(every5s(120, (at) => ({ lag: at === 90 ? 0 : 7 })))).toMatchObject({ state: 'behind' });
    expect(after(every5s(120, (at) => ({ lag: 7, handled: at === 90 ? 1 : 0 })))).toMatchObject({ state: 'behind' });
  });

  it('is failing while it has an error, since the first of them', () => {
    const failing = sample(10, { lag: 3, lastError: 'the database is not available' });
    expect(consumerOf([sample(0), failing], start + 5000)).toMatchObject({
      ...{ state: 'failing', lastError: 'the database is not available', since: '2026-11-22T08:00:05.000Z' },
    });
    expect(after([failing, sample(15)])).toMatchObject({ state: 'current', lastError: null, since: null });
  });

  it('costs no more to watch in the hundredth hour than in the first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 300 }), (pauses) => {
        let samples: readonly Sample[] = [];
        let at = 0;
        for (const pause of pauses) samples = withSample(samples, sample((at += pause)));
        expect(samples.length).toBeLessThanOrEqual(62);
        expect(samples.length === 0 || samples.at(-1)?.at === start + at * 1000).toBe(true);
      }),
    );
  });
});

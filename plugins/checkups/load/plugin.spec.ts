import { describe, expect, it } from '@jest/globals';
import { platform } from 'node:os';
import { testContext } from '../../sdk/testing.js';
import { busyShare, sampleBusyShare } from './busy.js';
import load, { judgeBusy, judgeLoad } from './plugin.js';

const bounds = { warnAbove: 2, criticalAbove: 4 };

describe('load', () => {
  it('measures this computer', async () => {
    const result = await load.run(testContext(load, { warnAbove: 10_000, criticalAbove: 10_000 }));
    const names = result.metrics?.map(({ name }) => name);
    const expected =
      platform() === 'win32' ? ['busy_percent'] : ['load1_per_core', 'load5_per_core', 'load15_per_core'];
    expect(names).toEqual(expected);
  });

  it.each([
    [[80, 8, 0], 'ok'],
    [[0, 8.1, 0], 'warning'],
    [[0, 16.1, 0], 'critical'],
  ])('is judged per core over five minutes: %j on four cores is %s', (loads, status) => {
    expect(judgeLoad(loads, 4, bounds).status).toBe(status);
  });

  it('says its values per core', () => {
    expect(judgeLoad([1, 2, 3], 4, bounds)).toEqual({
      status: 'ok',
      summary: 'load per core 0.25, 0.50, 0.75 over 1, 5 and 15 minutes (4 cores)',
      metrics: [
        { name: 'load1_per_core', value: 0.25, unit: '', min: 0 },
        { name: 'load5_per_core', value: 0.5, unit: '', warn: '2', critical: '4', min: 0 },
        { name: 'load15_per_core', value: 0.75, unit: '', min: 0 },
      ],
    });
  });

  it('is the busy share of the cores where there is no load average', async () => {
    expect(judgeBusy(0.97, { warnAbove: 95, criticalAbove: 100 })).toMatchObject({
      status: 'warning',
      summary: 'processor 97 % busy',
    });
    expect(busyShare({ busyMs: 100, totalMs: 1000 }, { busyMs: 400, totalMs: 2000 })).toBeCloseTo(0.3);
    expect(busyShare({ busyMs: 100, totalMs: 1000 }, { busyMs: 100, totalMs: 1000 })).toBe(0);
    const share = await sampleBusyShare(new AbortController().signal);
    expect(share).toBeGreaterThanOrEqual(0);
    expect(share).toBeLessThanOrEqual(1);
  });
});

import { describe, expect, it } from '@jest/globals';
import { totalmem } from 'node:os';
import { testContext } from '../../sdk/testing.js';
import { fromMeminfo } from './available.js';
import memory from './plugin.js';

describe('memory', () => {
  it('measures what is available on this computer', async () => {
    const result = await memory.run(testContext(memory, { warnBelow: 0, criticalBelow: 0 }));
    expect(result.status).toBe('ok');
    expect(result.summary).toMatch(/^\d+\.\d % of memory available \(.+ of .+iB\)$/);
    const [percent, available, total] = result.metrics ?? [];
    expect(percent).toMatchObject({ name: 'available_percent', unit: '%', warn: '0:', critical: '0:' });
    expect(available?.value).toBeGreaterThan(0);
    expect(available?.value).toBeLessThanOrEqual(total?.value ?? 0);
    expect(total?.value).toBe(totalmem());
  });

  it.each([
    [{ warnBelow: 100, criticalBelow: 0 }, 'warning'],
    [{ warnBelow: 100, criticalBelow: 100 }, 'critical'],
  ])('judges by the percent that is available: %j is %s', async (bounds, status) => {
    expect((await memory.run(testContext(memory, bounds))).status).toBe(status);
  });

  it("reads Linux's own estimate, which counts cached files as available", () => {
    const text = 'MemTotal:       16384000 kB\nMemFree:          204800 kB\nMemAvailable:    8192000 kB\n';
    expect(fromMeminfo(text)).toEqual({ availableBytes: 8_388_608_000, totalBytes: 16_777_216_000 });
    expect(() => fromMeminfo('MemTotal: 1 kB\n')).toThrow('/proc/meminfo has no line MemAvailable');
  });
});

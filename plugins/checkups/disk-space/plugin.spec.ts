import { describe, expect, it } from '@jest/globals';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { testContext } from '../../sdk/testing.js';
import diskSpace from './plugin.js';

const run = (parameters: Parameters<typeof diskSpace.parameters.parse>[0]) =>
  diskSpace.run(testContext(diskSpace, diskSpace.parameters.parse(parameters)));

describe('disk-space', () => {
  it('measures the disk of a folder', async () => {
    const result = await run({ path: tmpdir(), warnBelow: 0, criticalBelow: 0 });
    const disk = await statfs(tmpdir());
    expect(result.status).toBe('ok');
    expect(result.summary).toMatch(/^\d+\.\d % free on the disk of .+ \(\d.* of \d.*iB\)$/);
    const [percent, free, total] = result.metrics ?? [];
    expect(percent).toMatchObject({ name: 'free_percent', unit: '%', warn: '0:', critical: '0:', min: 0, max: 100 });
    expect(percent?.value).toBeCloseTo((100 * (free?.value ?? 0)) / (total?.value ?? 1), 6);
    expect(total?.value).toBe((disk.blocks - disk.bfree + disk.bavail) * disk.bsize);
  });

  it.each([
    [{ warnBelow: 100, criticalBelow: 0 }, 'warning'],
    [{ warnBelow: 100, criticalBelow: 100 }, 'critical'],
  ])('judges by the percent that is free: %j is %s', async (bounds, status) => {
    expect((await run({ path: tmpdir(), ...bounds })).status).toBe(status);
  });

  it('warns below 15 % of the root disk unless told otherwise', () => {
    expect(diskSpace.parameters.parse({})).toEqual({ path: '/', warnBelow: 15, criticalBelow: 10 });
  });

  it('refuses bounds in the wrong order', () => {
    expect(diskSpace.parameters.safeParse({ warnBelow: 5, criticalBelow: 10 }).error?.issues).toMatchObject([
      { message: 'criticalBelow must not be above warnBelow' },
    ]);
  });

  it('fails for a folder that does not exist', async () => {
    await expect(run({ path: '/no/such/folder' })).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

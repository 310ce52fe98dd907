import { describe, expect, it } from '@jest/globals';
import { liveIdentity, parseLive } from './live.js';

describe('what no program can set of a file', () => {
  it.each([
    [0n, '1970-01-01T00:00:00.000000000Z'],
    [1_764_379_200_123_456_789n, '2025-11-29T01:20:00.123456789Z'],
    [-1n, '1969-12-31T23:59:59.999999999Z'],
    [7_258_118_424_687_531_500n, '2200-01-01T00:00:24.687531500Z'],
  ])('is written to the nanosecond: %s', (ctimeNs, ctime) => {
    const live = liveIdentity({ ctimeNs, ino: 2n ** 64n - 1n });
    expect(live).toEqual({ ctime, inode: '18446744073709551615' });
    expect(parseLive(live.ctime, live.inode)).toEqual(live);
  });

  it.each([
    ['2025-11-29T01:20:00.123456Z', '1'],
    ['2025-11-29T01:20:00.123456789Z', '-1'],
    ['2025-11-29T01:20:00.123456789Z', 1],
    [undefined, '1'],
  ])('is nothing else: %s, %s', (ctime, inode) => {
    expect(parseLive(ctime, inode)).toBeNull();
  });
});

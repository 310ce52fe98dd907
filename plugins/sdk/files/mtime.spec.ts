import { lstatSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatMtime, forUtimes, fromNanoseconds, mtimeBoundUs, parseMtime } from './mtime.js';

const folder = mkdtempSync(join(tmpdir(), 'wardround-mtime-'));
const file = join(folder, 'file');
writeFileSync(file, '');
afterAll(() => rmSync(folder, { recursive: true }));

describe('a modification time', () => {
  it('that was set on a file is found on it to the microsecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000_000 }), (us) => {
        utimesSync(file, forUtimes(us), forUtimes(us));
        expect(fromNanoseconds(lstatSync(file, { bigint: true }).mtimeNs)).toBe(us);
      }),
    );
  });

  it('before 1970 is kept to the millisecond', () => {
    for (const ns of [-1n, -1_500_000_000n, -1_234_567_891n, -86_400_000_000_000n]) {
      const us = fromNanoseconds(ns);
      utimesSync(file, forUtimes(us), forUtimes(us));
      expect(fromNanoseconds(lstatSync(file, { bigint: true }).mtimeNs)).toBe(us);
      expect(BigInt(us) * 1000n <= ns && ns - BigInt(us) * 1000n < 1_000_000n).toBe(true);
    }
  });

  it('beyond what a number holds exactly is taken as the bound', () => {
    expect(fromNanoseconds(10n ** 22n)).toBe(mtimeBoundUs);
    expect(fromNanoseconds(-(10n ** 22n))).toBe(-mtimeBoundUs);
  });

  it('is written as RFC 3339 with six digits, and read back', () => {
    expect(formatMtime(1_000_000_000_123_456)).toBe('2001-09-09T01:46:40.123456Z');
    fc.assert(
      fc.property(fc.integer({ min: -mtimeBoundUs, max: mtimeBoundUs }), (us) => {
        expect(parseMtime(formatMtime(us))).toBe(us);
      }),
    );
    expect(parseMtime('2001-09-09T01:46:40Z')).toBeNull();
    expect(parseMtime('2001-99-09T01:46:40.123456Z')).toBeNull();
  });
});

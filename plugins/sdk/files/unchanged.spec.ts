import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FileEntry } from './manifest.js';
import { isSameEntry, judgeUnchanged } from './unchanged.js';

const before: FileEntry = {
  type: 'file',
  path: 'records/a',
  size: 10,
  mtimeUs: 1_000_000_000_000_000,
  mode: 0o644,
  uid: 1,
  gid: 2,
  sha256: '0'.repeat(64),
};
const longAfter = before.mtimeUs + 3_600_000_000;

describe('a live file', () => {
  it('that looks as it did is unchanged', () => {
    expect(judgeUnchanged(before, before, longAfter)).toEqual({ unchanged: true });
  });

  it.each([
    [{ size: 11 }, 'size'],
    [{ mtimeUs: before.mtimeUs + 1 }, 'mtime'],
    [{ mtimeUs: before.mtimeUs - 1 }, 'mtime'],
    [{ mode: 0o600 }, 'mode'],
    [{ uid: 9 }, 'owner'],
    [{ gid: 9 }, 'owner'],
  ])('with %j is changed because of its %s', (difference, because) => {
    expect(judgeUnchanged({ ...before, ...difference }, before, longAfter)).toEqual({ unchanged: false, because });
  });

  it('that was not there before is new', () => {
    expect(judgeUnchanged(before, undefined, longAfter)).toEqual({ unchanged: false, because: 'new' });
  });

  it('that changed within the grain of a clock before it was copied may have changed again, and is copied again', () => {
    expect(judgeUnchanged(before, before, before.mtimeUs + 1_999_999)).toEqual({
      unchanged: false,
      because: 'too-recent',
    });
    expect(judgeUnchanged(before, before, before.mtimeUs + 2_000_000)).toEqual({ unchanged: true });
  });

  it('is never taken as unchanged if anything that is seen of it differs', () => {
    const small = fc.record({
      size: fc.integer({ min: 0, max: 2 }),
      mtimeUs: fc.integer({ min: 0, max: 2 }),
      mode: fc.integer({ min: 0, max: 2 }),
      uid: fc.integer({ min: 0, max: 2 }),
      gid: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(
      fc.property(small, small, (seen, was) => {
        const same = JSON.stringify(seen) === JSON.stringify(was);
        expect(judgeUnchanged(seen, { ...before, ...was }, longAfter).unchanged).toBe(same);
      }),
    );
  });
});

describe('two manifests', () => {
  it('speak of the same file only if its content and all that is kept of it are the same', () => {
    expect(isSameEntry(before, { ...before })).toBe(true);
    expect(isSameEntry(before, undefined)).toBe(false);
    for (const difference of [
      { sha256: '1'.repeat(64) },
      { mode: 0 },
      { uid: 9 },
      { gid: 9 },
      { size: 1 },
      { mtimeUs: 1 },
    ]) {
      expect(isSameEntry(before, { ...before, ...difference })).toBe(false);
    }
  });
});

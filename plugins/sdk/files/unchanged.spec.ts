import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { liveIdentity } from './live.js';
import type { FileEntry } from './manifest.js';
import { isSameEntry, judgeUnchanged, type SeenFile } from './unchanged.js';

const traces = { ctimeNs: 1_000_000_000_000_000_123n, ino: 7n };
const before: FileEntry = {
  type: 'file',
  path: 'records/a',
  size: 10,
  mtimeUs: 1_000_000_000_000_000,
  mode: 0o644,
  uid: 1,
  gid: 2,
  sha256: '0'.repeat(64),
  live: liveIdentity(traces),
};
const seen: SeenFile = { ...before, ...traces };
const longAfter = before.mtimeUs + 3_600_000_000;

describe('a live file', () => {
  it('that looks as it did is unchanged', () => {
    expect(judgeUnchanged(seen, before, longAfter)).toEqual({ verdict: 'unchanged' });
  });

  it.each([
    [{ size: 11 }, 'size'],
    [{ mtimeUs: before.mtimeUs + 1 }, 'mtime'],
    [{ mtimeUs: before.mtimeUs - 1 }, 'mtime'],
    [{ mode: 0o600 }, 'mode'],
    [{ uid: 9 }, 'owner'],
    [{ gid: 9 }, 'owner'],
  ])('with %j is changed because of its %s', (difference, because) => {
    expect(judgeUnchanged({ ...seen, ...difference }, before, longAfter)).toEqual({ verdict: 'changed', because });
  });

  it.each([
    [{ ctimeNs: traces.ctimeNs + 1n }, 'ctime' as const],
    [{ ctimeNs: traces.ctimeNs - 1n }, 'ctime' as const],
    [{ ino: 8n }, 'inode' as const],
  ])('F1: that differs only in what no program can set (case %#) is read because of its %s', (difference, because) => {
    expect(judgeUnchanged({ ...seen, ...difference }, before, longAfter)).toEqual({ verdict: 'doubtful', because });
  });

  it('F1 kind: of which a snapshot of format version 1 records nothing more than size and time is read', () => {
    const { path, size, mtimeUs, mode, uid, gid, sha256 } = before;
    const old: FileEntry = { type: 'file', path, size, mtimeUs, mode, uid, gid, sha256 };
    expect(judgeUnchanged(seen, old, longAfter)).toEqual({ verdict: 'doubtful', because: 'not-recorded' });
  });

  it('that was not there before is new', () => {
    expect(judgeUnchanged(seen, undefined, longAfter)).toEqual({ verdict: 'changed', because: 'new' });
  });

  it('that changed within the grain of a clock before it was copied may have changed again, and is read again', () => {
    const tooRecent = { verdict: 'doubtful', because: 'too-recent' };
    expect(judgeUnchanged(seen, before, before.mtimeUs + 1_999_999)).toEqual(tooRecent);
    expect(judgeUnchanged(seen, before, before.mtimeUs + 2_000_000)).toEqual({ verdict: 'unchanged' });
  });

  it('F1 kind: whose modification time was set back after a change within that grain is read again', () => {
    const old = { mtimeUs: 1_000_000 };
    const startedUs = before.mtimeUs + 1_000_000;
    expect(judgeUnchanged({ ...seen, ...old }, { ...before, ...old }, startedUs)).toEqual({
      verdict: 'doubtful',
      because: 'too-recent',
    });
  });

  it('is never taken as unchanged if anything that is seen of it differs', () => {
    const few = fc.integer({ min: 0, max: 2 });
    const fewBig = few.map(BigInt);
    const small = fc.record({ size: few, mtimeUs: few, mode: few, uid: few, gid: few, ctimeNs: fewBig, ino: fewBig });
    fc.assert(
      fc.property(small, small, (now, was) => {
        const same = Object.values(now).join() === Object.values(was).join();
        const verdict = judgeUnchanged(now, { ...before, ...was, live: liveIdentity(was) }, longAfter);
        expect(verdict.verdict === 'unchanged').toBe(same);
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

  it('speak of the same file though it was another one on the disk', () => {
    expect(isSameEntry(before, { ...before, live: liveIdentity({ ctimeNs: 5n, ino: 5n }) })).toBe(true);
  });
});

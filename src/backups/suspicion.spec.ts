import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CopiedSource } from './backups.events.js';
import { judgeSources, type Baseline, type SourceNow } from './suspicion.js';

const half = { files: 0.5, bytes: 0.5 };
const onDisk = { path: '/mnt/data', mountPoint: '/mnt/data', fileSystem: 'ext4' };
const onRoot = { path: '/mnt/data', mountPoint: '/', fileSystem: 'ext4' };

function before(files: number, bytes = files * 50_000, parts: Partial<CopiedSource> = {}): Baseline {
  const source = { name: 'records', definition: 'a', files, bytes, places: [{ ...onDisk, files, bytes }], ...parts };
  return { runId: '1', startedAt: '2026-11-21T02:00:00.000Z', files, bytes, sources: [source] };
}

function now(files: number, bytes = files * 50_000, parts: Partial<SourceNow> = {}): SourceNow {
  const places = [{ ...onDisk, files, bytes, isThere: true }];
  return { name: 'records', definition: 'a', files, bytes, scannedFiles: files, places, ...parts };
}

function kinds(sources: readonly SourceNow[], baseline: Baseline | null, folders: readonly string[] = []) {
  return judgeSources(sources, baseline, half, (path) => folders.includes(path)).map(({ kind }) => kind);
}

describe('what looks as if something were missing', () => {
  it.each([
    ['F4: nothing where there were five files', now(0), before(5), ['emptied']],
    ['F4 kind: nothing where there was one', now(0), before(1), ['emptied']],
    ['F4 kind: files of which nothing is left', now(5, 0), before(5, 300), ['emptied']],
    ['F4 kind: fewer than half of the files', now(49, 9e6), before(100, 9e6), ['fewer-files']],
    ['F4 kind: fewer than half of the bytes', now(100, 4e6), before(100, 9e6), ['fewer-bytes']],
    ['a database that was made anew', now(1, 8192), before(1, 5e6), ['fewer-bytes']],
    ['half of it', now(50), before(100), []],
    ['as much as before', now(100), before(100), []],
    ['more than before', now(1000), before(1), []],
    ['one file of three', now(1, 100), before(3, 300), []],
    ['a small file that shrank', now(1, 4096), before(1, 90_000), []],
    ['nothing, as before', now(0), before(0), []],
  ])('%s', (_what, source, baseline, expected) => {
    expect(kinds([source], baseline)).toEqual(expected);
  });

  it('says what there was and what there is', () => {
    const [suspicion] = judgeSources([now(0)], before(5), half, () => false);
    expect(suspicion).toEqual({
      source: 'records',
      kind: 'emptied',
      text: 'Source records: 0 files, 0 B now, 5 files, 250 kB in the last good backup (2026-11-21 02:00 UTC)',
    });
  });

  it('F4: another file system than before, and which', () => {
    const source = now(0, 0, { places: [{ ...onRoot, files: 0, bytes: 0, isThere: true }] });
    const [emptied, moved, ...more] = judgeSources([source], before(5), half, () => false);
    expect(more).toEqual([]);
    expect(emptied).toMatchObject({ kind: 'emptied' });
    expect(moved).toMatchObject({ kind: 'other-file-system' });
    expect(moved?.text).toContain(
      'is on the file system of / (ext4) now, but was on the file system of /mnt/data (ext4)',
    );
  });

  it('F4 kind: another file system that holds as much, and another kind of one at the same place', () => {
    const moved = now(5, undefined, { places: [{ ...onRoot, files: 5, bytes: 250_000, isThere: true }] });
    expect(kinds([moved], before(5))).toEqual(['other-file-system']);
    const other = { ...onDisk, fileSystem: 'tmpfs', files: 5, bytes: 250_000, isThere: true };
    expect(kinds([now(5, undefined, { places: [other] })], before(5))).toEqual(['other-file-system']);
  });

  it('F4 kind: one path of several that is empty, though the others hold enough', () => {
    const home = { path: '/home', mountPoint: '/', fileSystem: 'ext4', files: 500, bytes: 5e6 };
    const baseline = before(505, 5.25e6, { places: [home, { ...onDisk, files: 5, bytes: 250_000 }] });
    const places = [
      { ...home, isThere: true },
      { ...onDisk, files: 0, bytes: 0, isThere: true },
    ];
    expect(kinds([now(500, 5e6, { places })], baseline)).toEqual(['emptied']);
  });

  it('F4 kind: a file system below the path that is not mounted, but not one whose folder has gone with it', () => {
    const home = { path: '/srv', mountPoint: '/', fileSystem: 'ext4', files: 500, bytes: 5e6 };
    const inner = { path: '/srv', mountPoint: '/srv/scans', fileSystem: 'xfs', files: 20, bytes: 1e6 };
    const baseline = before(520, 6e6, { places: [home, inner] });
    const source = now(500, 5e6, { places: [{ ...home, isThere: true }] });
    expect(kinds([source], baseline, ['/srv/scans'])).toEqual(['other-file-system']);
    expect(kinds([source], baseline, [])).toEqual([]);
  });

  it.each([
    ['H15: all of three thousand vanished', now(0, 0, { scannedFiles: 3000 }), ['vanished']],
    ['H15 kind: a tenth and more vanished', now(800, 0, { scannedFiles: 1000 }), ['vanished']],
    ['H15 kind: one of one vanished', now(0, 0, { scannedFiles: 1 }), ['vanished']],
    ['H19: five hundred of six thousand were renamed', now(5500, 0, { scannedFiles: 6000 }), []],
    ['a few of a few', now(3, 0, { scannedFiles: 9 }), []],
  ])('%s meanwhile, also in a first run', (_what, source, expected) => {
    expect(kinds([source], null)).toEqual(expected);
  });

  it('H15 kind: a folder that is another one when the copying ends', () => {
    const places = [{ ...onDisk, mountPoint: null, fileSystem: null, files: 5, bytes: 250_000, isThere: false }];
    expect(kinds([now(5, undefined, { places })], before(5))).toEqual(['vanished']);
  });

  it('is nothing in a first run, nor where the source was defined in another way, nor where it is new', () => {
    expect(kinds([now(0)], null)).toEqual([]);
    expect(kinds([now(0, 0, { definition: 'b' })], before(5))).toEqual([]);
    expect(kinds([now(0, 0, { name: 'letters' })], before(5))).toEqual([]);
  });

  it('F4 kind: the sums of a run that did not count its sources yet', () => {
    const old = { ...before(50), sources: [] };
    expect(kinds([now(0)], old)).toEqual(['emptied']);
    expect(kinds([now(20), now(20, 1e6, { name: 'letters' })], old)).toEqual([]);
  });

  const counts = fc.integer({ min: 0, max: 100_000 });
  const amounts = fc.record({ files: counts, bytes: fc.integer({ min: 0, max: 1e9 }) });

  it('F4 kind: is always something where nothing is left, and never anything where nothing is missing', () => {
    fc.assert(
      fc.property(amounts, amounts, (then, today) => {
        const found = kinds([now(today.files, today.bytes)], before(then.files, then.bytes));
        if (then.files > 0 && today.files === 0) expect(found).toContain('emptied');
        if (today.files >= then.files && today.bytes >= then.bytes) expect(found).toEqual([]);
      }),
    );
  });

  it('F4 kind: less is never less suspicious', () => {
    fc.assert(
      fc.property(amounts, amounts, fc.nat(1000), (then, today, missing) => {
        const baseline = before(then.files, then.bytes);
        const less = now(Math.max(0, today.files - missing), today.bytes);
        if (kinds([now(today.files, today.bytes)], baseline).length > 0) {
          expect(kinds([less], baseline).length).toBeGreaterThan(0);
        }
      }),
    );
  });
});

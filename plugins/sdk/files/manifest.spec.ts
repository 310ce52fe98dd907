import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FileEngineError } from './engine-types.js';
import { decodeEntry, encodeEntry, isPlainPath, pathChecker, type ManifestEntry } from './manifest.js';
import { mtimeBoundUs } from './mtime.js';

const byteString = fc.uint8Array({ minLength: 1, maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const entry: fc.Arbitrary<ManifestEntry> = fc
  .record({
    path: byteString,
    mtimeUs: fc.integer({ min: -mtimeBoundUs, max: mtimeBoundUs }),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.nat(),
    gid: fc.nat(),
  })
  .chain((base) =>
    fc.oneof(
      fc.constant<ManifestEntry>({ ...base, type: 'directory' }),
      byteString.map((target): ManifestEntry => ({ ...base, type: 'symlink', target })),
      fc
        .record({
          size: fc.maxSafeNat(),
          sha256: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
        })
        .map((file): ManifestEntry => ({ ...base, type: 'file', ...file })),
    ),
  );

const directory = (path: string): ManifestEntry => ({ path, type: 'directory', mtimeUs: 0, mode: 0, uid: 0, gid: 0 });
const symlink = (path: string, target: string): ManifestEntry => ({ ...directory(path), type: 'symlink', target });

describe('a line of the manifest', () => {
  it('gives back what was put into it, whatever bytes the names have', () => {
    fc.assert(
      fc.property(entry, (original) => {
        const line = encodeEntry(original);
        expect(line).not.toContain('\n');
        expect(decodeEntry(line)).toEqual(original);
      }),
      { numRuns: 1000 },
    );
  });

  it('reads as the documentation shows it', () => {
    const mtimeUs = Date.parse('2026-11-22T02:00:00.123Z') * 1000 + 456;
    const base = { mtimeUs, mode: 0o640, uid: 33, gid: 33 };
    const sha256 = 'ab'.repeat(32);
    expect(encodeEntry({ ...base, path: 'records/\xc3\xa4.txt', type: 'file', size: 3, sha256 })).toBe(
      `{"path":"records/ä.txt","type":"file","size":3,"mtime":"2026-11-22T02:00:00.123456Z","mode":"0640","uid":33,"gid":33,"sha256":"${sha256}"}`,
    );
    expect(encodeEntry({ ...base, path: 'records/\xe4', type: 'symlink', target: '/x' })).toBe(
      '{"pathBase64":"cmVjb3Jkcy/k","type":"symlink","mtime":"2026-11-22T02:00:00.123456Z","mode":"0640","uid":33,"gid":33,"target":"/x"}',
    );
  });

  it.each([
    'not JSON',
    '[]',
    '{}',
    '{"path":"a","type":"device","mtime":"2026-11-22T02:00:00.000000Z","mode":"0644","uid":0,"gid":0}',
    '{"path":"a","type":"directory","mtime":"yesterday","mode":"0644","uid":0,"gid":0}',
    '{"path":"a","type":"directory","mtime":"2026-11-22T02:00:00.000000Z","mode":"99","uid":0,"gid":0}',
    '{"path":"a","type":"directory","mtime":"2026-11-22T02:00:00.000000Z","mode":"0644","uid":-1,"gid":0}',
    '{"path":"a","type":"file","size":1,"sha256":"xyz","mtime":"2026-11-22T02:00:00.000000Z","mode":"0644","uid":0,"gid":0}',
  ])('that is broken is refused and shown: %s', (line) => {
    expect(() => decodeEntry(line)).toThrow(FileEngineError);
    expect(() => decodeEntry(line)).toThrow(line);
  });
});

function checkPaths(entries: readonly ManifestEntry[], forWindows: boolean): void {
  const check = pathChecker(forWindows);
  for (const entry of entries) check(entry);
}

describe('a manifest that leads out of its folder', () => {
  it.each([
    ['an absolute path', [directory('/etc')]],
    ['a step upwards', [directory('a'), directory('a/..'), directory('a/../..')]],
    ['a step upwards at once', [directory('..')]],
    ['an empty segment', [directory('a'), directory('a//b')]],
    ['a NUL', [directory('a\0b')]],
    ['a way through a symbolic link', [symlink('a', '/etc'), directory('a/passwd')]],
    ['a path that stands there twice', [directory('a'), symlink('a', '/etc')]],
    ['a path that comes too late', [directory('a'), directory('a/c'), directory('a/b')]],
    ['a folder that is not named', [directory('a/b')]],
  ])('is refused for %s', (_, entries) => {
    expect(() => checkPaths(entries, false)).toThrow(expect.objectContaining({ code: 'not-a-snapshot' }));
  });

  it('is refused on Windows for drives, streams and other separators', () => {
    for (const path of ['C:', 'a\\..\\b', 'a:stream']) {
      expect(() => checkPaths([directory(path)], true)).toThrow('plain relative path');
      expect(() => checkPaths([directory(path)], false)).not.toThrow();
    }
  });

  it('accepts no path that a file system would take elsewhere', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '..', '.', '', 'b', '...'), { minLength: 1, maxLength: 6 }),
        (parts) => {
          const path = parts.join('/');
          const resolved = new URL(`file:///top/${parts.map(encodeURIComponent).join('/')}`).pathname;
          if (isPlainPath(path)) expect(resolved).toBe(`/top/${path}`);
        },
      ),
    );
  });
});

import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Progress } from '../plugin.js';
import {
  described,
  firstName,
  longAgo,
  noFolder,
  scratchFolder,
  secondName,
  snapshotOf,
  thirdName,
  tree,
  wholeSnapshot,
} from './engine.fixture.js';
import {
  copySnapshot,
  listSnapshots,
  makeSnapshot,
  newSnapshotName,
  restoreSnapshot,
  verifySnapshot,
} from './engine.js';

const isWindows = process.platform === 'win32';

let scratch = noFolder;
let live = '';
let root = '';
beforeEach(() => {
  scratch = scratchFolder();
  live = join(scratch.path, 'live');
  root = join(scratch.path, 'backups');
  mkdirSync(live);
});
afterEach(() => scratch.remove());

function write(name: string, content: string | Buffer, folder = live): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  utimesSync(path, longAgo, longAgo);
  return path;
}

describe('a snapshot of a folder', () => {
  it('keeps content, modes, times, links and empty folders, and gives them back', async () => {
    write('a/letter.txt', 'Dear Sir');
    write('a/b/empty', '');
    mkdirSync(join(live, 'nothing in it'));
    write('run.sh', '#!/bin/sh\n');
    if (!isWindows) {
      chmodSync(join(live, 'run.sh'), 0o4751);
      symlinkSync('/etc/passwd', join(live, 'outside'));
      symlinkSync('nowhere/at/all', join(live, 'dangling'));
      symlinkSync('a', join(live, 'to-a-folder'));
      lutimesSync(join(live, 'outside'), longAgo, longAgo);
      chmodSync(join(live, 'a'), 0o555);
    }
    utimesSync(join(live, 'a'), longAgo, longAgo);
    const before = described(live);

    const made = await wholeSnapshot(snapshotOf(root, live));
    expect(made).toMatchObject({ files: 3, directories: 4, symlinks: isWindows ? 0 : 3, bytes: 18, warnings: 0 });
    expect(described(join(made.place, 'files', 'records'))).toEqual(before);

    const to = join(scratch.path, 'restored');
    await expect(restoreSnapshot({ root, job: 'nightly', name: firstName, to })).resolves.toEqual({
      files: 3,
      bytes: 18,
    });
    expect(described(join(to, 'records'))).toEqual(before);
    expect(described(live)).toEqual(before);
  });

  it('has its name only when it is verified', async () => {
    write('a', 'a');
    const options = snapshotOf(root, live);
    const made = await makeSnapshot(options);
    expect(readdirSync(join(root, 'nightly'))).toEqual([`${firstName}.partial`]);
    await expect(listSnapshots(options)).resolves.toEqual([]);
    const checked = await verifySnapshot(options);
    expect(checked).toMatchObject({ place: made.place, files: 1, bytes: 1 });
    expect(readdirSync(join(root, 'nightly'))).toEqual([firstName]);
    await expect(listSnapshots(options)).resolves.toEqual([firstName]);
  });

  it('puts each tree where its `as` says, and a tree within another there once', async () => {
    write('one/a', '1');
    write('two/b', '2');
    write('two/deep/c', '3');
    const made = await wholeSnapshot(
      snapshotOf(root, live, {
        sources: [
          {
            source: 'records',
            trees: [
              tree(join(live, 'one'), { as: 'srv/one' }),
              tree(join(live, 'two'), { as: 'srv/two' }),
              tree(join(live, 'two', 'deep'), { as: 'srv/two/deep' }),
              tree(join(live, 'two', 'b'), { as: 'single.txt' }),
            ],
          },
          { source: 'nothing', trees: [] },
        ],
      }),
    );
    expect(Object.keys(described(join(made.place, 'files')))).toEqual([
      '',
      'nothing',
      'records',
      'records/single.txt',
      'records/srv',
      'records/srv/one',
      'records/srv/one/a',
      'records/srv/two',
      'records/srv/two/b',
      'records/srv/two/deep',
      'records/srv/two/deep/c',
    ]);
  });

  it('refuses two different things at one place, and names and paths that lead astray', async () => {
    write('one/a', '1');
    write('two/a', '2');
    const trees = [tree(join(live, 'one')), tree(join(live, 'two'))];
    const refusal = makeSnapshot(snapshotOf(root, live, { sources: [{ source: 'records', trees }] }));
    await expect(refusal).rejects.toMatchObject({
      code: 'exists',
      message: `${join(live, 'one', 'a')} and ${join(live, 'two', 'a')} would both be stored as records/a`,
    });
    const bad = { code: 'bad-argument' };
    await expect(makeSnapshot(snapshotOf(root, live, { job: '../up' }))).rejects.toMatchObject(bad);
    await expect(makeSnapshot(snapshotOf(root, live, { name: '../../up' }))).rejects.toMatchObject(bad);
    await expect(makeSnapshot(snapshotOf('relative', live))).rejects.toMatchObject(bad);
    const upwards = [{ source: 'records', trees: [tree(live, { as: '../../up' })] }];
    await expect(makeSnapshot(snapshotOf(root, live, { sources: upwards }))).rejects.toMatchObject(bad);
    const astray = [{ source: '..', trees: [] }];
    await expect(makeSnapshot(snapshotOf(root, live, { sources: astray }))).rejects.toMatchObject(bad);
  });

  it('leaves out what is excluded, sub-directories if they are not wanted, and the backups themselves', async () => {
    write('keep', '1');
    write('leave.tmp', '2');
    write('cache/x', '3');
    write('sub/deep', '4');
    const inside = join(live, 'backups');
    const flat = [{ source: 'records', trees: [tree(live, { recursive: false, exclude: ['*.tmp'] })] }];
    const first = await wholeSnapshot(snapshotOf(inside, live, { sources: flat }));
    expect(readdirSync(join(first.place, 'files', 'records'))).toEqual(['keep']);

    const deep = [{ source: 'records', trees: [tree(live, { exclude: ['*.tmp', 'cache/'] })] }];
    const options = snapshotOf(inside, live, { sources: deep, name: secondName, leaveOut: [join(live, 'sub')] });
    const second = await wholeSnapshot(options);
    expect(readdirSync(join(second.place, 'files', 'records'))).toEqual(['keep']);
    expect(options.notices.map(({ level, place }) => `${level} ${place}`)).toEqual([
      `info ${join(live, 'backups')}`,
      `info ${join(live, 'sub')}`,
    ]);
  });

  it('leaves itself out also if its place is named by a link', async () => {
    if (isWindows) return;
    write('keep', '1');
    mkdirSync(join(live, 'drive'));
    symlinkSync(join(live, 'drive'), root);
    const made = await wholeSnapshot(snapshotOf(root, live));
    expect(readdirSync(join(made.place, 'files', 'records'))).toEqual(['keep']);
  });

  it('moves what a plugin made for it', async () => {
    const made = write('dump.sql', 'select 1');
    const trees = [tree(made, { as: 'clinic.sql', owned: true })];
    const options = snapshotOf(root, live, { sources: [{ source: 'db', trees }] });
    const snapshot = await wholeSnapshot(options);
    expect(options.notices).toEqual([]);
    expect(existsSync(made)).toBe(false);
    expect(readFileSync(join(snapshot.place, 'files', 'db', 'clinic.sql'), 'utf8')).toBe('select 1');
  });

  it('tells how far it is, and ends at all', async () => {
    write('a', 'x'.repeat(1000));
    const progress: Progress[] = [];
    await makeSnapshot(snapshotOf(root, live, { onProgress: (done) => progress.push(done) }));
    expect(progress.at(-1)).toEqual({ files: 1, bytes: 1000, totalFiles: 1, totalBytes: 1000 });
  });

  it('stops when it is told to, and leaves nothing behind', async () => {
    truncateSync(write('large', ''), 8 * 1024 ** 3);
    const stop = new AbortController();
    const making = makeSnapshot(
      snapshotOf(root, live, { signal: stop.signal, onProgress: ({ bytes }) => bytes > 0 && stop.abort() }),
    );
    await expect(making).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(join(root, 'nightly'))).toEqual([]);
    await expect(makeSnapshot(snapshotOf(root, live, { signal: stop.signal }))).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('keeps holes', async () => {
    const path = write('disk.img', 'begin');
    truncateSync(path, 50_000_000);
    appendFileSync(path, 'end');
    const { place, bytes } = await wholeSnapshot(snapshotOf(root, live));
    const copy = join(place, 'files', 'records', 'disk.img');
    expect(bytes).toBe(50_000_003);
    expect(readFileSync(copy).equals(readFileSync(path))).toBe(true);
    if (process.platform === 'linux') expect(lstatSync(copy).blocks).toBeLessThan(1000);
  });
});

describe('a file that', () => {
  it('vanishes is omitted with a warning, and one that grows is kept as it was read, with a warning', async () => {
    // Large enough that it is still being read when the others are changed; all of it is a hole.
    const large = write('large', '');
    truncateSync(large, 1.5 * 1024 ** 3);
    const small = write('small', 'small');
    let changed = false;
    const options = snapshotOf(root, live, {
      onProgress: ({ bytes }) => {
        if (changed || bytes === 0) return;
        changed = true;
        rmSync(small);
        appendFileSync(large, 'more');
      },
    });
    const made = await makeSnapshot(options);
    expect(options.notices).toEqual([
      { level: 'warning', place: large, text: `${large} changed while it was copied` },
      { level: 'warning', place: small, text: `${small} vanished before it was copied` },
    ]);
    expect(made).toMatchObject({ files: 1, bytes: 1.5 * 1024 ** 3, warnings: 2 });
  });

  it('is none is omitted with a warning', async () => {
    if (isWindows) return;
    spawnSync('mkfifo', [join(live, 'pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(live, 'socket'), resolve));
    const options = snapshotOf(root, live);
    const made = await wholeSnapshot(options);
    server.close();
    expect(made).toMatchObject({ files: 0, warnings: 2 });
    expect(options.notices.map(({ text }) => text)).toEqual([
      `${join(live, 'pipe')} is skipped: it is a named pipe`,
      `${join(live, 'socket')} is skipped: it is a socket`,
    ]);
  });
});

describe('what cannot be read', () => {
  it('is named, all of it, and the snapshot fails', async () => {
    write('good', 'good');
    const missing = [join(live, 'missing-1'), join(live, 'missing-2')];
    const trees = [tree(live), ...missing.map((path) => tree(path, { as: 'x' }))];
    const options = snapshotOf(root, live, { sources: [{ source: 'records', trees }] });
    await expect(makeSnapshot(options)).rejects.toMatchObject({
      code: 'unreadable',
      message: `${join(live, 'missing-1')} does not exist (and 1 other error)`,
      place: join(live, 'missing-1'),
    });
    expect(options.notices.map(({ level, place }) => `${level} ${place}`)).toEqual(
      missing.map((path) => `error ${path}`),
    );
    expect(readdirSync(join(root, 'nightly'))).toEqual([]);
  });
});

describe('the next snapshot', () => {
  it('shares unchanged files with the one before, and copies what changed', async () => {
    write('same', 'same');
    write('other content', 'one');
    const mode = write('other mode', 'mode');
    await wholeSnapshot(snapshotOf(root, live));
    write('other content', 'two!');
    write('new', 'new');
    chmodSync(mode, 0o600);
    const made = await wholeSnapshot(snapshotOf(root, live, { name: secondName }));
    expect(made).toMatchObject({ files: 4, linkedFiles: 1, writtenBytes: 11 });
    const [before, after] = [firstName, secondName].map((name) =>
      lstatSync(join(root, 'nightly', name, 'files', 'records', 'same')),
    );
    expect(after?.ino).toBe(before?.ino);
    expect(described(join(made.place, 'files', 'records'))).toEqual(described(live));
  });

  it('shares nothing if it is told so', async () => {
    write('same', 'same');
    await wholeSnapshot(snapshotOf(root, live));
    const made = await wholeSnapshot(snapshotOf(root, live, { name: secondName, previous: null }));
    expect(made).toMatchObject({ linkedFiles: 0, writtenBytes: 4 });
  });

  it('does not share what no longer looks in the snapshot before as it should', async () => {
    write('same', 'same');
    const first = await wholeSnapshot(snapshotOf(root, live));
    writeFileSync(join(first.place, 'files', 'records', 'same'), 'SAME');
    const made = await wholeSnapshot(snapshotOf(root, live, { name: secondName }));
    expect(made).toMatchObject({ linkedFiles: 0, writtenBytes: 4 });
  });

  it('after a failed verification shares nothing, so that a damaged file does not damage all that follow', async () => {
    write('same', 'same');
    const first = await wholeSnapshot(snapshotOf(root, live));
    const stored = join(first.place, 'files', 'records', 'same');
    writeFileSync(stored, 'SAME');
    utimesSync(stored, longAgo, longAgo);

    const second = snapshotOf(root, live, { name: secondName });
    await expect(makeSnapshot(second)).resolves.toMatchObject({ linkedFiles: 1 });
    await expect(verifySnapshot(second)).rejects.toMatchObject({ code: 'not-verified' });

    const third = snapshotOf(root, live, { name: thirdName });
    await expect(wholeSnapshot(third)).resolves.toMatchObject({ linkedFiles: 0 });
    const fourth = snapshotOf(root, live, { name: '2026-11-25T02-00-00Z' });
    await expect(wholeSnapshot(fourth)).resolves.toMatchObject({ linkedFiles: 1 });
  });

  it('removes what a killed run has left', async () => {
    write('a', 'a');
    await makeSnapshot(snapshotOf(root, live));
    const options = snapshotOf(root, live, { name: secondName });
    await makeSnapshot(options);
    expect(readdirSync(join(root, 'nightly'))).toEqual([`${secondName}.partial`]);
    expect(options.notices).toEqual([
      expect.objectContaining({ level: 'info', place: expect.stringContaining(firstName) }),
    ]);
  });

  it('is not begun under a name that is taken; a free one is found', async () => {
    write('a', 'a');
    await wholeSnapshot(snapshotOf(root, live));
    await expect(makeSnapshot(snapshotOf(root, live))).rejects.toMatchObject({ code: 'exists' });
    expect(described(join(root, 'nightly', firstName, 'files', 'records'))).toEqual(described(live));
    const now = Date.parse('2026-11-22T02:00:00.5Z');
    await expect(newSnapshotName({ root, job: 'nightly', now })).resolves.toBe('2026-11-22T02-00-01Z');
    await expect(newSnapshotName({ root, job: 'other', now })).resolves.toBe(firstName);
  });
});

describe('a copy of a snapshot', () => {
  it('is the same at another place, and shares unchanged files with the one before it there', async () => {
    write('a', 'a');
    write('b', 'b');
    const second = join(scratch.path, 'second');
    const address = { root: second, job: 'nightly' };
    const first = await wholeSnapshot(snapshotOf(root, live));
    await copySnapshot({ ...address, name: firstName, from: first.place });
    await verifySnapshot({ ...address, name: firstName });
    write('b', 'changed');
    const next = await wholeSnapshot(snapshotOf(root, live, { name: secondName }));
    const copied = await copySnapshot({ ...address, name: secondName, from: next.place });
    expect(copied).toMatchObject({ files: 2, bytes: 8, linkedFiles: 1, writtenBytes: 7 });
    const checked = await verifySnapshot({ ...address, name: secondName });
    expect(described(join(copied.place, 'files', 'records'))).toEqual(described(live));
    expect(readFileSync(join(copied.place, 'manifest.jsonl'))).toEqual(
      readFileSync(join(next.place, 'manifest.jsonl')),
    );
    expect(checked.manifestSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is refused if the snapshot is damaged', async () => {
    write('a', 'a');
    const first = await wholeSnapshot(snapshotOf(root, live));
    const damaged = join(first.place, 'files', 'records', 'a');
    writeFileSync(damaged, 'b');
    const copying = copySnapshot({
      root: join(scratch.path, 'second'),
      job: 'nightly',
      name: firstName,
      from: first.place,
    });
    await expect(copying).rejects.toMatchObject({
      code: 'unreadable',
      message: `${damaged} is damaged: its content does not match the manifest`,
    });
  });
});

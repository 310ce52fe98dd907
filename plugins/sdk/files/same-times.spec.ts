import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  firstName,
  longAgo,
  noFolder,
  scratchFolder,
  secondName,
  snapshotOf,
  wholeSnapshot,
} from './engine.fixture.js';
import { formatChecksumLine } from './checksums.js';
import { createHash } from 'node:crypto';

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

/** Whatever was done to it, its modification time is that of long ago. */
function write(name: string, content: string | Buffer, mtime = longAgo): string {
  const path = join(live, name);
  writeFileSync(path, content);
  utimesSync(path, mtime, mtime);
  return path;
}

function stored(snapshot: string, name: string): { content: Buffer; stats: Stats } {
  const path = join(root, 'nightly', snapshot, 'files', 'records', name);
  return { content: readFileSync(path), stats: lstatSync(path) };
}

/** Beyond the time within which a change is not told from the one before: then only ctime and inode are left. */
const beyondTheGrain = () => pause(2_200);

async function firstThenLater(): Promise<void> {
  await beyondTheGrain();
  await wholeSnapshot(snapshotOf(root, live));
}
const second = () => wholeSnapshot(snapshotOf(root, live, { name: secondName }));

describe('a file that changes and keeps its size and modification time', () => {
  it('F1: is copied when its content was changed in place and its time set back', async () => {
    const container = Buffer.alloc(1_000_000, 'a');
    write('container', container);
    await firstThenLater();
    container.fill('b', 5000, 5025);
    write('container', container);
    await expect(second()).resolves.toMatchObject({ linkedFiles: 0 });
    expect(stored(secondName, 'container').content.equals(container)).toBe(true);
  });

  it('F1: is copied when another file of that size and time was moved over it', async () => {
    write('letter', 'Dear Ms A');
    const other = write('draft', 'Dear Mr B');
    await firstThenLater();
    renameSync(other, join(live, 'letter'));
    await second();
    expect(stored(secondName, 'letter').content.toString()).toBe('Dear Mr B');
  });

  it('F1 kind: is copied when two such files have exchanged their names', async () => {
    const [a, b] = [write('a', 'content a'), write('b', 'content b')];
    await firstThenLater();
    renameSync(a, `${a}.old`);
    renameSync(b, a);
    renameSync(`${a}.old`, b);
    await second();
    expect([stored(secondName, 'a'), stored(secondName, 'b')].map(({ content }) => content.toString())).toEqual([
      'content b',
      'content a',
    ]);
  });

  it('F1 kind: is copied when it was changed just before the first backup, and once more just after', async () => {
    write('fast', 'one');
    await wholeSnapshot(snapshotOf(root, live));
    write('fast', 'two');
    await second();
    expect(stored(secondName, 'fast').content.toString()).toBe('two');
  });

  it('F1 kind: is copied when a snapshot of format version 1 says nothing of it but size and time', async () => {
    write('container', 'old content');
    write('same', 'same');
    await firstThenLater();
    forgetTraces(join(root, 'nightly', firstName));
    write('container', 'new content');
    const made = await second();
    expect(made).toMatchObject({ linkedFiles: 1, writtenBytes: 11 });
    expect(stored(secondName, 'container').content.toString()).toBe('new content');
  });
});

describe('a file that only looks as if it had changed', () => {
  it('is read, found the same and shared, so that nothing takes twice its room; and is not read a third time', async () => {
    const kept = write('kept', 'kept');
    const restored = write('restored', 'restored');
    await firstThenLater();
    chmodSync(kept, 0o600);
    chmodSync(kept, 0o644);
    rmSync(restored);
    write('restored', 'restored');

    const options = snapshotOf(root, live, { name: secondName });
    await expect(wholeSnapshot(options)).resolves.toMatchObject({ linkedFiles: 2, writtenBytes: 0 });
    expect(stored(secondName, 'kept').stats.ino).toBe(stored(firstName, 'kept').stats.ino);
    expect(options.notices.map(({ text }) => text)).toEqual([
      '2 files were read again, because size and time alone do not prove that nothing changed; the content is the same',
    ]);

    await beyondTheGrain();
    await wholeSnapshot(snapshotOf(root, live, { name: '2026-11-24T02-00-00Z' }));
    const fourth = snapshotOf(root, live, { name: '2026-11-25T02-00-00Z' });
    await expect(wholeSnapshot(fourth)).resolves.toMatchObject({ linkedFiles: 2 });
    expect(fourth.notices).toEqual([]);
  });

  it('is copied where its mode differs, since a shared file has one mode', async () => {
    const path = write('script', '#!/bin/sh');
    await firstThenLater();
    chmodSync(path, 0o755);
    await expect(second()).resolves.toMatchObject({ linkedFiles: 0 });
    expect(stored(firstName, 'script').stats.mode & 0o777).toBe(0o644);
    expect(stored(secondName, 'script').stats.mode & 0o777).toBe(0o755);
  });
});

/** Makes a snapshot what one from before these fields is. */
function forgetTraces(folder: string): void {
  const manifestFile = join(folder, 'manifest.jsonl');
  const infoFile = join(folder, 'snapshot.json');
  const sums = join(folder, 'SHA256SUMS');
  const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
  const manifest = readFileSync(manifestFile, 'utf8').replaceAll(/"ctime":"[^"]*","inode":"[^"]*",/g, '');
  const info = readFileSync(infoFile, 'utf8').replace(
    /"manifestSha256": "\w+"/,
    `"manifestSha256": "${sha256(manifest)}"`,
  );
  const [, , ...files] = readFileSync(sums, 'utf8').trimEnd().split('\n');
  writeFileSync(manifestFile, manifest);
  writeFileSync(infoFile, info);
  const head =
    formatChecksumLine(sha256(manifest), 'manifest.jsonl') + formatChecksumLine(sha256(info), 'snapshot.json');
  writeFileSync(sums, `${head}${files.join('\n')}\n`);
}

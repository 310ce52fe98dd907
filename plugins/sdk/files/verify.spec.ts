import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { formatChecksumLine } from './checksums.js';
import { firstName, noFolder, scratchFolder, secondName, snapshotOf, wholeSnapshot } from './engine.fixture.js';
import {
  listSnapshots,
  makeSnapshot,
  readSnapshotInfo,
  removeSnapshot,
  restoreSnapshot,
  sweepPartials,
  verifySnapshot,
} from './engine.js';
import type { Notice } from './engine-types.js';

const isPosix = process.platform !== 'win32';

let scratch = noFolder;
let live = '';
let root = '';
let files = '';
beforeEach(async () => {
  scratch = scratchFolder();
  live = join(scratch.path, 'live');
  root = join(scratch.path, 'backups');
  mkdirSync(join(live, 'folder'), { recursive: true });
  writeFileSync(join(live, 'folder', 'a'), 'content');
  writeFileSync(join(live, 'folder', 'b'), 'other');
  if (isPosix) symlinkSync('folder/a', join(live, 'link'));
  const made = await makeSnapshot(snapshotOf(root, live));
  files = join(`${made.place}.partial`, 'files', 'records');
});
afterEach(() => scratch.remove());

const address = () => ({ root, job: 'nightly', name: firstName });

/** What a change below `files/records` is reported as. */
async function findingsOf(change: () => void): Promise<string[]> {
  change();
  const notices: Notice[] = [];
  const verifying = verifySnapshot({ ...address(), onNotice: (notice) => notices.push(notice) });
  await expect(verifying).rejects.toMatchObject({ code: 'not-verified' });
  expect(existsSync(join(root, 'nightly', firstName))).toBe(false);
  return notices.map(({ text }) => text.replace(`${files}`, 'records'));
}

/** Keeps a folder's time over a change in it. */
function within(folder: string, change: () => void): void {
  const { mtimeNs } = lstatSync(folder, { bigint: true });
  change();
  const seconds = (Number(mtimeNs / 1000n) + 0.5) / 1e6;
  utimesSync(folder, seconds, seconds);
}

describe('verification', () => {
  it.each<[string, (file: string, folder: string) => void, string]>([
    [
      'content',
      (file) => writeFileSync(file, 'CONTENT'),
      'records/folder/a does not match what was copied: its content does not match the manifest',
    ],
    [
      'size',
      (file) => appendFileSync(file, '!'),
      'records/folder/a does not match what was copied: it has 8 bytes, not 7',
    ],
    [
      'absence',
      (file, folder) => within(folder, () => rmSync(file)),
      'records/folder/a does not match what was copied: it is missing',
    ],
    [
      'additions',
      (file, folder) => within(folder, () => writeFileSync(`${file}2`, '')),
      'records/folder/a2 does not match what was copied: it is not in the manifest',
    ],
    ['time', (file) => utimesSync(file, 1, 1), 'its time is 1970-01-01T00:00:01.000000Z, not '],
  ])('finds a difference in %s, and gives no name', async (_, change, text) => {
    const found = await findingsOf(() => change(join(files, 'folder', 'a'), join(files, 'folder')));
    expect(found).toEqual([expect.stringContaining(text)]);
  });

  it('finds a difference in mode, type and target', async () => {
    if (!isPosix) return;
    const found = await findingsOf(() => {
      chmodSync(join(files, 'folder', 'a'), 0o777);
      within(join(files, 'folder'), () => {
        rmSync(join(files, 'folder', 'b'));
        symlinkSync('a', join(files, 'folder', 'b'));
      });
      within(files, () => {
        rmSync(join(files, 'link'));
        symlinkSync('/etc/passwd', join(files, 'link'));
      });
    });
    expect(found.sort()).toEqual([
      'records/folder/a does not match what was copied: its mode is 0777, not 0644',
      'records/folder/b does not match what was copied: it is not a regular file',
      'records/link does not match what was copied: its target is different',
    ]);
  });

  it.each(['manifest.jsonl', 'SHA256SUMS'])('finds a change of %s', async (part) => {
    appendFileSync(join(`${join(root, 'nightly', firstName)}.partial`, part), ' ');
    await expect(verifySnapshot(address())).rejects.toMatchObject({
      code: 'not-verified',
      message: expect.stringContaining(part),
    });
  });

  it('of a snapshot that has its name already changes nothing', async () => {
    await verifySnapshot(address());
    const before = readdirSync(join(root, 'nightly'));
    await expect(verifySnapshot(address())).resolves.toMatchObject({ files: 2, bytes: 12 });
    expect(readdirSync(join(root, 'nightly'))).toEqual(before);
  });

  it('says so if there is no snapshot, or it is another', async () => {
    await expect(verifySnapshot({ ...address(), name: secondName })).rejects.toMatchObject({ code: 'not-found' });
    renameSync(join(root, 'nightly', `${firstName}.partial`), join(root, 'nightly', `${secondName}.partial`));
    await expect(verifySnapshot({ ...address(), name: secondName })).rejects.toMatchObject({ code: 'not-a-snapshot' });
  });
});

describe('a restore', () => {
  it('leaves out a damaged file, restores all others, and fails', async () => {
    const { place } = await verifySnapshot(address());
    const damaged = join(place, 'files', 'records', 'folder', 'a');
    writeFileSync(damaged, 'CONTENT');
    const to = join(scratch.path, 'to');
    await expect(restoreSnapshot({ ...address(), to })).rejects.toMatchObject({
      code: 'not-verified',
      message: `${damaged} is not restored: its content does not match the manifest`,
    });
    expect(readdirSync(join(to, 'records', 'folder'))).toEqual(['b']);
  });

  it('goes only into an empty or a new folder', async () => {
    await verifySnapshot(address());
    await expect(restoreSnapshot({ ...address(), to: live })).rejects.toMatchObject({ code: 'not-empty' });
    await expect(restoreSnapshot({ ...address(), to: 'relative' })).rejects.toMatchObject({ code: 'bad-argument' });
    const to = join(scratch.path, 'empty');
    mkdirSync(to);
    await expect(restoreSnapshot({ ...address(), to })).resolves.toEqual({ files: 2, bytes: 12 });
    await expect(restoreSnapshot({ ...address(), name: secondName, to: `${to}2` })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it.each<[string, (lines: string[]) => string[]]>([
    ['steps upwards', (lines) => lines.map((line) => line.replace('"records/folder/a"', '"records/../../escaped"'))],
    ['is absolute', (lines) => lines.map((line) => line.replace('"records/folder/a"', '"/tmp/escaped"'))],
    [
      'goes through a link',
      (lines) =>
        lines.map((line) =>
          line.includes('"records/folder",') ? line.replace('"directory"', '"symlink","target":"/tmp"') : line,
        ),
    ],
  ])('never follows a manifest that %s', async (_, forge) => {
    const { place } = await verifySnapshot(address());
    forgeManifest(place, forge);
    const to = join(scratch.path, 'a', 'b', 'c');
    await expect(restoreSnapshot({ ...address(), to })).rejects.toMatchObject({
      code: 'not-a-snapshot',
      message: expect.stringContaining('the manifest cannot be trusted'),
    });
    expect(existsSync(to)).toBe(false);
  });
});

/** Changes a manifest as someone would who also corrects all checksums. */
function forgeManifest(place: string, forge: (lines: string[]) => string[]): void {
  const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');
  const manifest = `${forge(readFileSync(join(place, 'manifest.jsonl'), 'utf8').trimEnd().split('\n')).join('\n')}\n`;
  writeFileSync(join(place, 'manifest.jsonl'), manifest);
  const info = readFileSync(join(place, 'snapshot.json'), 'utf8').replace(/[0-9a-f]{64}/, sha256(manifest));
  writeFileSync(join(place, 'snapshot.json'), info);
  const sums = readFileSync(join(place, 'SHA256SUMS'), 'utf8').split('\n').slice(2).join('\n');
  const head =
    formatChecksumLine(sha256(manifest), 'manifest.jsonl') + formatChecksumLine(sha256(info), 'snapshot.json');
  writeFileSync(join(place, 'SHA256SUMS'), head + sums);
}

describe('removal', () => {
  it('takes one snapshot and leaves the files that others share with it', async () => {
    await verifySnapshot(address());
    const next = await wholeSnapshot(snapshotOf(root, live, { name: secondName }));
    await removeSnapshot(address());
    expect(readdirSync(join(root, 'nightly'))).toEqual([secondName]);
    await expect(verifySnapshot({ ...address(), name: secondName })).resolves.toMatchObject({ place: next.place });
    await expect(removeSnapshot(address())).rejects.toMatchObject({ code: 'not-found' });
  });

  it('refuses whatever is not a snapshot of the job', async () => {
    await verifySnapshot(address());
    const holiday = join(root, 'nightly', secondName);
    mkdirSync(holiday);
    writeFileSync(join(holiday, 'photo'), '');
    await expect(removeSnapshot({ ...address(), name: secondName })).rejects.toMatchObject({ code: 'not-a-snapshot' });
    expect(readdirSync(holiday)).toEqual(['photo']);
    mkdirSync(join(root, 'weekly'));
    renameSync(join(root, 'nightly', firstName), join(root, 'weekly', firstName));
    await expect(removeSnapshot({ ...address(), job: 'weekly' })).rejects.toMatchObject({ code: 'not-a-snapshot' });
    await expect(removeSnapshot({ ...address(), name: '..' })).rejects.toMatchObject({ code: 'bad-argument' });
    expect(existsSync(join(root, 'weekly', firstName))).toBe(true);
  });

  it('does not follow links, whole or in what a killed run has left', async () => {
    if (!isPosix) return;
    const outside = join(scratch.path, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'precious'), '');
    symlinkSync(outside, join(files, 'folder', 'way-out'));
    symlinkSync(outside, join(root, 'nightly', `${secondName}.partial`));
    await expect(sweepPartials({ root, job: 'nightly' })).resolves.toEqual([`${firstName}.partial`]);
    expect(readdirSync(outside)).toEqual(['precious']);
  });
});

describe('what is known of a snapshot', () => {
  it('is in snapshot.json', async () => {
    const { manifestSha256 } = await verifySnapshot(address());
    await expect(readSnapshotInfo(address())).resolves.toMatchObject({
      format: 'wardround-snapshot',
      version: 1,
      job: 'nightly',
      name: firstName,
      server: 'reception',
      runId: 'run-1',
      files: 2,
      bytes: 12,
      manifestSha256,
    });
    await expect(readSnapshotInfo({ ...address(), name: secondName })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is nothing where there are none', async () => {
    await expect(listSnapshots({ root, job: 'weekly' })).resolves.toEqual([]);
    await expect(sweepPartials({ root, job: 'weekly' })).resolves.toEqual([]);
  });
});

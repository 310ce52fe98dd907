import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { compiledFile } from './compiled-file.js';
import {
  described,
  firstName,
  noFolder,
  scratchFolder,
  secondName,
  snapshotOf,
  tree,
  wholeSnapshot,
} from './engine.fixture.js';
import { listSnapshots, verifySnapshot } from './engine.js';

const engine = pathToFileURL(compiledFile(import.meta.url, './engine.js')).href;

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

/** A program that makes a snapshot of `live`, verifies it and prints what came of it as JSON. */
function program(name: string): string {
  const options = {
    root,
    job: 'nightly',
    name,
    origin: { server: 's', runId: 'r' },
    sources: [{ source: 'records', trees: [tree(live)] }],
  };
  return `
    const { makeSnapshot, verifySnapshot, restoreSnapshot } = await import(${JSON.stringify(engine)});
    const options = ${JSON.stringify(options)};
    const notices = [];
    const say = (result) => console.log(JSON.stringify({ ...result, notices }));
    const onProgress = ({ bytes }) => bytes > 0 && process.stderr.write('copying');
    makeSnapshot({ ...options, onProgress, onNotice: (notice) => notices.push(notice) })
      .then(() => verifySnapshot(options))
      .then(() => restoreSnapshot({ ...options, to: ${JSON.stringify(join(scratch.path, 'open', 'restored'))} }))
      .then((restored) => say({ restored }), ({ code, message }) => say({ code, message }));
  `;
}

describe('a process that is killed in the middle', () => {
  it('leaves no snapshot with a name and the last one untouched, and the next run sweeps and succeeds', async () => {
    writeFileSync(join(live, 'a'), 'a');
    const first = await wholeSnapshot(snapshotOf(root, live));
    const before = described(first.place);
    truncateSync(join(live, 'a'), 20 * 1024 ** 3);
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(secondName)]);
    await once(child.stderr, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(readdirSync(join(root, 'nightly')).sort()).toEqual([firstName, `${secondName}.partial`]);
    await expect(listSnapshots({ root, job: 'nightly' })).resolves.toEqual([firstName]);
    expect(described(first.place)).toEqual(before);

    truncateSync(join(live, 'a'), 2);
    const name = '2026-11-24T02-00-00Z';
    await wholeSnapshot(snapshotOf(root, live, { name }));
    expect(readdirSync(join(root, 'nightly')).sort()).toEqual([firstName, name]);
    await expect(verifySnapshot({ root, job: 'nightly', name: firstName })).resolves.toMatchObject({ files: 1 });
  });
});

const nobody = 65_534;
const isRoot = process.getuid?.() === 0;
const whyNot = whyNoOtherUser();
if (whyNot !== null) {
  process.stderr.write(`skipped: what a user other than root may not read cannot be tried here: ${whyNot}\n`);
  if (process.env.CI && process.platform === 'linux') throw new Error(whyNot);
}

/** Rights hold for others than root only. */
function whyNoOtherUser(): string | null {
  if (process.platform === 'win32') return 'Windows has other rights';
  if (!isRoot) return null;
  const tried = spawnSync(process.execPath, ['--input-type=module', '-e', `await import(${JSON.stringify(engine)})`], {
    uid: nobody,
    gid: nobody,
    cwd: '/',
  });
  return tried.status === 0 ? null : `another user cannot run the program: ${tried.stderr?.toString().slice(0, 300)}`;
}

(whyNot === null ? describe : describe.skip)('a user who is not root', () => {
  beforeEach(() => {
    chmodSync(scratch.path, 0o755);
    for (const folder of [root, join(scratch.path, 'open')]) {
      mkdirSync(folder);
      if (isRoot) chownSync(folder, nobody, nobody);
    }
  });

  function run(): Record<string, unknown> {
    const user = isRoot ? { uid: nobody, gid: nobody, cwd: '/' } : {};
    const ran = spawnSync(process.execPath, ['--input-type=module', '-e', program(firstName)], user);
    const result: unknown = JSON.parse(ran.stdout.toString());
    return typeof result === 'object' && result !== null ? { ...result } : {};
  }

  it('is told of everything that he may not read, and gets no snapshot that lacks it', () => {
    writeFileSync(join(live, 'public'), 'public');
    writeFileSync(join(live, 'secret'), 'secret', { mode: 0 });
    mkdirSync(join(live, 'closed'), { mode: 0 });
    expect(run()).toMatchObject({
      code: 'unreadable',
      message: `${join(live, 'closed')} cannot be read: permission denied (EACCES) (and 1 other error)`,
      notices: [
        { level: 'error', place: join(live, 'closed') },
        { level: 'error', place: join(live, 'secret'), text: expect.stringContaining('permission denied') },
      ],
    });
  });

  it('can verify and restore what he could read, also if its mode is for others only', () => {
    if (!isRoot) return;
    writeFileSync(join(live, 'for others'), 'for others');
    chmodSync(join(live, 'for others'), 0o004);
    mkdirSync(join(live, 'read-only'));
    chmodSync(join(live, 'read-only'), 0o555);
    expect(run()).toMatchObject({ restored: { files: 1, bytes: 10 }, notices: [] });
    const restored = join(scratch.path, 'open', 'restored', 'records');
    expect(statSync(join(restored, 'for others')).mode & 0o7777).toBe(0o004);
    expect(statSync(join(restored, 'read-only')).mode & 0o7777).toBe(0o555);
  });

  /** Makes a file of that owner, group and mode. */
  function original(name: string, uid: number, gid: number, mode: number): void {
    const path = join(live, name);
    writeFileSync(path, name);
    chownSync(path, uid, gid);
    chmodSync(path, mode);
  }

  const modesBelow = (...names: string[]): Record<string, string> => {
    const folder = join(scratch.path, ...names);
    const modeOf = (name: string) => (statSync(join(folder, name)).mode & 0o7777).toString(8);
    return Object.fromEntries(readdirSync(folder).map((name) => [name, modeOf(name)]));
  };

  it('F18 kind: lends no one the rights of another owner or group, in the snapshot and restored', () => {
    if (!isRoot) return;
    original('program-of-root', 0, 0, 0o6755);
    original('program-of-his-own', nobody, nobody, 0o6755);
    original('program-of-his-for-root', nobody, 0, 0o6775);
    original('for-the-group-of-root', nobody, 0, 0o660);
    original('for-all-to-read', nobody, 0, 0o664);
    expect(run()).toMatchObject({ restored: { files: 5 }, notices: [] });
    const programs = { 'program-of-root': '755', 'program-of-his-own': '6755' };
    expect(modesBelow('backups', 'nightly', firstName, 'files', 'records')).toMatchObject({
      ...programs,
      'program-of-his-for-root': '4775',
    });
    expect(modesBelow('open', 'restored', 'records')).toEqual({
      ...programs,
      ...{ 'program-of-his-for-root': '4755', 'for-the-group-of-root': '600', 'for-all-to-read': '644' },
    });
  });

  it('F18 kind: opens nothing to the group of a shared folder that he backs up and restores into', () => {
    if (!isRoot) return;
    const staff = 4243;
    for (const shared of [root, join(scratch.path, 'open')]) {
      chownSync(shared, nobody, staff);
      chmodSync(shared, 0o2775);
    }
    original('program', nobody, nobody, 0o2755);
    original('letter', nobody, nobody, 0o660);
    mkdirSync(join(live, 'folder'));
    chownSync(join(live, 'folder'), nobody, nobody);
    chmodSync(join(live, 'folder'), 0o2770);
    expect(run()).toMatchObject({ restored: { files: 2 }, notices: [] });
    expect(modesBelow('backups', 'nightly', firstName, 'files', 'records')).toMatchObject({ program: '755' });
    const restored = ['open', 'restored', 'records'];
    expect(statSync(join(scratch.path, ...restored, 'letter')).gid).toBe(staff);
    expect(modesBelow(...restored)).toEqual({ program: '755', letter: '600', folder: '700' });
  });
});

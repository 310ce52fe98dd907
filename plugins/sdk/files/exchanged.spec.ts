import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeFolders, runBatch } from './batch.js';
import { fromText } from './bytes.js';
import type { CopyItem, CopyOutcome } from './copy-file.js';
import { firstName, noFolder, scratchFolder, snapshotOf, tree, wholeSnapshot } from './engine.fixture.js';
import { restoreSnapshot } from './engine.js';
import type { Notice } from './engine-types.js';
import { Gauge } from './gauge.js';
import { OpenFolder, usingFolder } from './open-folder.js';
import { scanTree } from './scan.js';

const isPosix = process.platform !== 'win32';

let scratch = noFolder;
const at = (...names: string[]): string => join(scratch.path, ...names);
beforeEach(() => {
  scratch = scratchFolder();
  mkdirSync(at('live', 'outer', 'inner'), { recursive: true });
  mkdirSync(at('outside', 'inner'), { recursive: true });
  for (let index = 0; index < 50; index += 1) {
    writeFileSync(at('live', 'outer', 'inner', `file-${index}`), 'ours');
    writeFileSync(at('outside', 'inner', `file-${index}`), 'SECRET');
    writeFileSync(at('outside', `file-${index}`), 'SECRET');
  }
});
afterEach(() => scratch.remove());

const keeps = { modes: true, times: true, owners: false, symlinks: true };

/** Scans `live`, changes something, and copies what was scanned. */
function copyAfter(change: () => void): { outcomes: readonly CopyOutcome[]; copied: string[] } {
  const options = {
    gauge: new Gauge(),
    leaveOut: new Set<string>(),
    leaveOutPaths: new Set<string>(),
    onNotice: () => undefined,
  };
  const scanned = [...scanTree(tree(at('live')), options)];
  change();
  const to = mkdtempSync(at('to-'));
  const files = scanned.filter((item) => item.type === 'file');
  const items = files.map((file, index): CopyItem => ({
    index,
    from: file.at,
    mode: file.mode,
    to: fromText(`copy-${index}`),
    size: file.size,
    move: false,
    link: null,
    expected: null,
  }));
  const ref = usingFolder(OpenFolder.open(fromText(to)), (folder) => folder.ref);
  const rules = { keeps, exactModes: false };
  try {
    const { outcomes } = runBatch({ kind: 'copy', to: ref, previous: null, items, rules, resumes: false }, new Gauge());
    return { outcomes, copied: readdirSync(to).map((name) => readFileSync(join(to, name), 'utf8')) };
  } finally {
    closeFolders();
  }
}

function away(...names: string[]): void {
  renameSync(at(...names), at('away'));
}

describe('a folder of the source that becomes another after the scan', () => {
  const leftOut = { kind: 'swapped', text: expect.stringMatching(/is a symbolic link|was replaced by another folder/) };

  it('H1: as a link is not followed: all in it is omitted, and each is named', () => {
    if (!isPosix) return;
    const { outcomes, copied } = copyAfter(() => {
      away('live', 'outer', 'inner');
      symlinkSync(at('outside', 'inner'), at('live', 'outer', 'inner'));
    });
    expect(outcomes).toHaveLength(50);
    for (const outcome of outcomes) expect(outcome).toMatchObject(leftOut);
    expect(copied).toEqual([]);
  });

  it('H1 kind: a link further up is not followed either', () => {
    if (!isPosix) return;
    const { outcomes, copied } = copyAfter(() => {
      away('live', 'outer');
      symlinkSync(at('outside'), at('live', 'outer'));
    });
    for (const outcome of outcomes) expect(outcome).toMatchObject(leftOut);
    expect(copied).toEqual([]);
  });

  it('H1 kind: a link instead of the top of the tree is not followed either', () => {
    if (!isPosix) return;
    const { outcomes, copied } = copyAfter(() => {
      away('live');
      mkdirSync(at('outside', 'outer'));
      renameSync(at('outside', 'inner'), at('outside', 'outer', 'inner'));
      symlinkSync(at('outside'), at('live'));
    });
    for (const outcome of outcomes) expect(outcome).toMatchObject(leftOut);
    expect(copied).toEqual([]);
  });

  it('H1 kind: another folder in its place is not taken for it', () => {
    const { outcomes, copied } = copyAfter(() => {
      away('live', 'outer', 'inner');
      renameSync(at('outside', 'inner'), at('live', 'outer', 'inner'));
    });
    for (const outcome of outcomes) expect(outcome).toMatchObject(leftOut);
    expect(copied).toEqual([]);
  });

  it('H1 kind: a folder that was only moved away is read no more, and a file that became a link is omitted', () => {
    expect(copyAfter(() => away('live', 'outer', 'inner')).outcomes[0]).toMatchObject({ kind: 'vanished' });
    renameSync(at('away'), at('live', 'outer', 'inner'));
    if (!isPosix) return;
    const { outcomes } = copyAfter(() => {
      rmSync(at('live', 'outer', 'inner', 'file-0'));
      symlinkSync(at('outside', 'file-0'), at('live', 'outer', 'inner', 'file-0'));
    });
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['special', ...Array<string>(49).fill('written')]);
  });
});

describe('a file of a snapshot that is another thing when it is restored', () => {
  const stored = (): string => at('backups', 'nightly', firstName, 'files', 'records', 'outer', 'inner', 'file-7');
  let notices: Notice[] = [];
  const restoring = () => {
    notices = [];
    const onNotice = (notice: Notice): number => notices.push(notice);
    return restoreSnapshot({ root: at('backups'), job: 'nightly', name: firstName, to: at('to'), onNotice });
  };
  beforeEach(() => wholeSnapshot(snapshotOf(at('backups'), at('live'))));

  it.each<[string, () => void]>([
    ['S3: a FIFO', () => spawnSync('mkfifo', [stored()])],
    ['S3: a folder', () => mkdirSync(stored())],
    ['S3 kind: a link', () => symlinkSync(at('outside', 'file-7'), stored())],
    ['S3 kind: a device', () => spawnSync('mknod', [stored(), 'c', '1', '3'])],
    ['S3 kind: nothing', () => undefined],
    ['S3 kind: a shorter file', () => writeFileSync(stored(), 'our')],
  ])('%s is an error that names it, and all others are restored', async (_, replace) => {
    if (!isPosix) return;
    rmSync(stored());
    replace();
    await expect(restoring()).rejects.toMatchObject({
      code: 'not-verified',
      message: expect.stringContaining(`${stored()} is not restored: `),
    });
    expect(notices.filter(({ level }) => level === 'error').map(({ place }) => place)).toEqual([stored()]);
    const restored = readdirSync(at('to', 'records', 'outer', 'inner'));
    expect(restored).toHaveLength(49);
    expect(restored).not.toContain('file-7');
  });

  it('S3 kind: a socket is an error as well', async () => {
    if (!isPosix) return;
    rmSync(stored());
    const server = createServer();
    // A socket's path has at most 107 bytes.
    const before = process.cwd();
    process.chdir(join(stored(), '..'));
    await new Promise<void>((resolve) => server.listen('file-7', resolve));
    process.chdir(before);
    await expect(restoring()).rejects.toMatchObject({ code: 'not-verified' });
    server.close();
  });

  it('S3 kind: so is each file of a folder that is missing, or is a link now', async () => {
    if (!isPosix) return;
    const inner = join(stored(), '..');
    renameSync(inner, at('away'));
    await expect(restoring()).rejects.toThrow('(and 49 other errors)');
    rmSync(at('to'), { recursive: true });
    symlinkSync(at('outside', 'inner'), inner);
    await expect(restoring()).rejects.toThrow('is a symbolic link');
    expect(readdirSync(at('to', 'records', 'outer', 'inner'))).toEqual([]);
  });

  it('S3: what is restored is counted as it was written', async () => {
    await expect(restoring()).resolves.toEqual({ files: 50, bytes: 200 });
    closeSync(openSync(at('to', 'records', 'outer', 'inner', 'file-7'), 'r'));
    expect(existsSync(at('to', 'records', 'outer', 'inner', 'file-50'))).toBe(false);
  });
});

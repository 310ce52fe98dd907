import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  firstName,
  mountTmpfs,
  noFolder,
  scratchFolder,
  snapshotOf,
  whyNoMount,
  wholeSnapshot,
} from './engine.fixture.js';
import { checkFolder, copySnapshot, listSnapshots, makeSnapshot, restoreSnapshot } from './engine.js';

const reason = whyNoMount();
if (reason !== null) {
  process.stderr.write(`skipped: no small file system can be had to fill: ${reason}\n`);
  if (process.env.CI && process.platform === 'linux') throw new Error(reason);
}

(reason === null ? describe : describe.skip)('a full disk', () => {
  let scratch = noFolder;
  let disk = { path: '', unmount: (): void => undefined };
  let live = '';
  beforeEach(() => {
    scratch = scratchFolder();
    live = join(scratch.path, 'live');
    mkdirSync(live);
  });
  afterEach(() => {
    disk.unmount();
    scratch.remove();
  });

  it('is seen before anything is written, and the error says what is needed, what is free, and where', async () => {
    disk = mountTmpfs('size=2m');
    for (const name of ['a', 'b', 'c']) writeFileSync(join(live, name), Buffer.alloc(1024 * 1024, name));
    const making = makeSnapshot(snapshotOf(disk.path, live));
    await expect(making).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(making).rejects.toThrow(
      new RegExp(`no space left on the file system of ${disk.path}: 3.0 MiB needed, (2.0 MiB|19\\d\\d KiB) free`),
    );
    expect(readdirSync(join(disk.path, 'nightly'))).toEqual([]);
  });

  it('in the middle fails at once, with its code, and what was written is removed', async () => {
    // Room for all bytes, but not for all files: that shows only when it is met.
    disk = mountTmpfs('size=2m,nr_inodes=150');
    for (let index = 0; index < 300; index += 1) writeFileSync(join(live, `file-${index}`), 'x');
    const making = makeSnapshot(snapshotOf(disk.path, live));
    await expect(making).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(making).rejects.toThrow(/no free inodes for more files/);
    expect(readdirSync(join(disk.path, 'nightly'))).toEqual([]);
  });

  it('is seen by a copy to a further place, and by a restore', async () => {
    disk = mountTmpfs('size=2m');
    const backups = join(scratch.path, 'backups');
    writeFileSync(join(live, 'a'), Buffer.alloc(3 * 1024 * 1024, 1));
    const { place } = await wholeSnapshot(snapshotOf(backups, live));
    const copying = copySnapshot({ root: disk.path, job: 'nightly', name: firstName, from: place });
    await expect(copying).rejects.toMatchObject({ code: 'ENOSPC' });
    const restoring = restoreSnapshot({ root: backups, job: 'nightly', name: firstName, to: join(disk.path, 'to') });
    await expect(restoring).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  it('leaves the snapshots that are there whole, and the next has room again', async () => {
    disk = mountTmpfs('size=2m');
    writeFileSync(join(live, 'a'), Buffer.alloc(1024 * 1024, 'a'));
    await wholeSnapshot(snapshotOf(disk.path, live));
    const more = join(scratch.path, 'more');
    mkdirSync(more);
    writeFileSync(join(more, 'b'), Buffer.alloc(1_500_000, 'b'));
    const tooMuch = snapshotOf(disk.path, more, { name: '2026-11-23T02-00-00Z' });
    await expect(makeSnapshot(tooMuch)).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(listSnapshots(tooMuch)).resolves.toEqual([firstName]);
    writeFileSync(join(more, 'b'), Buffer.alloc(500_000, 'b'));
    await expect(wholeSnapshot(tooMuch)).resolves.toMatchObject({ files: 1, bytes: 500_000 });
  });

  it('is told by a look at the folder, as is one that cannot be written', async () => {
    disk = mountTmpfs('size=2m,nr_inodes=2');
    const { freeBytes } = await checkFolder(disk.path);
    expect(freeBytes).toBeGreaterThan(1_000_000);
    expect(freeBytes).toBeLessThanOrEqual(2 * 1024 * 1024);
    expect(readdirSync(disk.path)).toEqual([]);
    writeFileSync(join(disk.path, 'last'), '');
    await expect(checkFolder(disk.path)).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(checkFolder(join(disk.path, 'last', 'below'))).rejects.toMatchObject({ code: 'unwritable' });
  });
});

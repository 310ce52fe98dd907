import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeSnapshot, verifySnapshot, type SnapshotToStore } from '../../sdk/index.js';
import { testContext } from '../../sdk/testing.js';
import plugin from './plugin.js';

let folder = '';
let place = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardround-destination-'));
  place = join(folder, 'external', 'drive');
  mkdirSync(join(folder, 'live'));
  write('same', 'same');
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): void {
  const path = join(folder, 'live', name);
  writeFileSync(path, content);
  utimesSync(path, 1_000_000_000, 1_000_000_000);
}

const context = () => testContext(plugin, { path: place });

async function localSnapshot(name: string): Promise<SnapshotToStore> {
  const address = { root: join(folder, 'local'), job: 'nightly', name };
  const trees = [{ path: join(folder, 'live'), as: '', recursive: true, exclude: [], owned: false }];
  const origin = { server: 'reception', runId: 'run-1' };
  await makeSnapshot({ ...address, origin, sources: [{ source: 'records', trees }] });
  const { place: made, files, bytes, manifestSha256 } = await verifySnapshot(address);
  return { job: 'nightly', name, folder: made, manifest: join(made, 'manifest.jsonl'), files, bytes, manifestSha256 };
}

function stored(local: SnapshotToStore) {
  const { job, name: snapshot, manifestSha256 } = local;
  return { job, snapshot, manifestSha256, local };
}

const first = '2026-11-22T02-00-00Z';
const second = '2026-11-23T02-00-00Z';

async function storeBoth(): Promise<void> {
  for (const name of [first, second]) {
    const snapshot = await localSnapshot(name);
    await plugin.store({ ...context(), snapshot });
    await plugin.verify({ ...context(), ...stored(snapshot) });
    write('changing', name);
  }
}

describe('the destination folder', () => {
  it('is made if need be, and says how much room it has', async () => {
    const { place: checked, freeBytes } = await plugin.check(context());
    expect(checked).toBe(place);
    expect(freeBytes).toBeGreaterThan(0);
    expect(readdirSync(place)).toEqual([]);
  });

  it('says so if it cannot be written', async () => {
    writeFileSync(join(folder, 'external'), 'a file');
    await expect(plugin.check(context())).rejects.toMatchObject({
      code: 'unwritable',
      message: expect.stringContaining(place),
    });
  });

  it('gives a snapshot its name when it is verified, and shares what did not change', async () => {
    const snapshot = await localSnapshot(first);
    const target = join(place, 'nightly', first);
    await expect(plugin.store({ ...context(), snapshot })).resolves.toEqual({
      place: target,
      id: first,
      files: 1,
      bytes: 4,
      linkedFiles: 0,
      resumedFiles: 0,
    });
    expect(existsSync(target)).toBe(false);
    await expect(plugin.list({ ...context(), job: 'nightly' })).resolves.toEqual({ snapshots: [] });
    const verified = await plugin.verify({ ...context(), ...stored(snapshot) });
    expect(verified).toMatchObject({ files: 1, bytes: 4 });
    expect(readFileSync(join(target, 'files', 'records', 'same'), 'utf8')).toBe('same');

    write('changing', 'new');
    const next = await localSnapshot(second);
    await expect(plugin.store({ ...context(), snapshot: next })).resolves.toMatchObject({ files: 2, linkedFiles: 1 });
    await plugin.verify({ ...context(), ...stored(next) });
    await expect(plugin.list({ ...context(), job: 'nightly' })).resolves.toMatchObject({
      snapshots: [{ id: first }, { id: second, files: 2 }],
    });
  });

  it('finds what was changed between storing and verifying, and says where', async () => {
    const snapshot = await localSnapshot(first);
    await plugin.store({ ...context(), snapshot });
    const damaged = join(`${join(place, 'nightly', first)}.partial`, 'files', 'records', 'same');
    writeFileSync(damaged, 'SAME');
    const verifying = context();
    await expect(plugin.verify({ ...verifying, ...stored(snapshot) })).rejects.toMatchObject({ code: 'not-verified' });
    expect(verifying.logged).toEqual([expect.objectContaining({ level: 'error', place: damaged })]);
    await expect(plugin.list({ ...context(), job: 'nightly' })).resolves.toEqual({ snapshots: [] });
  });

  it('restores into a new folder', async () => {
    await storeBoth();
    const to = join(folder, 'restored');
    await expect(plugin.restore({ ...context(), job: 'nightly', snapshot: second, to })).resolves.toEqual({
      files: 2,
      bytes: 4 + first.length,
    });
    expect(readFileSync(join(to, 'records', 'changing'), 'utf8')).toBe(first);
  });

  it('removes a snapshot, and what a killed run has left', async () => {
    await storeBoth();
    mkdirSync(join(place, 'nightly', '2026-11-21T02-00-00Z.partial', 'files'), { recursive: true });
    await expect(plugin.remove({ ...context(), job: 'nightly', snapshots: [first] })).resolves.toEqual({
      snapshots: [{ id: first, error: null }],
    });
    expect(readdirSync(join(place, 'nightly'))).toEqual([second]);
  });

  it('tells how far it is', async () => {
    const storing = context();
    await plugin.store({ ...storing, snapshot: await localSnapshot(first) });
    expect(storing.progressed.at(-1)).toEqual({ files: 1, bytes: 4, totalFiles: 1, totalBytes: 4 });
  });
});

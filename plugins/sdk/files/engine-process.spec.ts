import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HangingShare, whyNoHangingShare } from '../../../test/fixtures/hanging-share.js';
import { EngineProcess } from './engine-process.js';
import { firstName, noFolder, scratchFolder, snapshotOf, tree } from './engine.fixture.js';

jest.setTimeout(60_000);

const reason = whyNoHangingShare();
if (reason !== null) process.stderr.write(`skipped: shares that hang: ${reason}\n`);
const onShare = reason === null ? it : it.skip;

describe('the file engine in its own process', () => {
  let folder = noFolder;
  // Under load a thread needs its time to start.
  const limits = { stallMs: 4000, quickCallMs: 4000 };
  let engine: EngineProcess;
  beforeEach(() => {
    folder = scratchFolder();
    engine = new EngineProcess(limits);
  });
  afterEach(() => {
    engine.close();
    folder.remove();
  });

  const source = () => {
    const path = join(folder.path, 'records');
    mkdirSync(path, { recursive: true });
    for (let number = 0; number < 300; number++) writeFileSync(join(path, `letter-${number}`), 'x'.repeat(1000));
    return path;
  };

  it('does what the engine does, and tells how far it is', async () => {
    const root = join(folder.path, 'backups');
    const progress: number[] = [];
    const options = snapshotOf(root, source(), { onProgress: ({ files }) => progress.push(files) });
    const made = await engine.makeSnapshot(options);
    expect(made).toMatchObject({ files: 300, sources: [{ source: 'records', files: 300, scannedFiles: 300 }] });
    await engine.verifySnapshot({ root, job: 'nightly', name: firstName });
    expect(await engine.listSnapshots({ root, job: 'nightly' })).toEqual([firstName]);
    expect(progress.at(-1)).toBe(300);
    await expect(engine.makeSnapshot(options)).rejects.toMatchObject({ code: 'exists' });
  });

  it('ends what it does when it is cancelled, and all when it is closed', async () => {
    const abort = new AbortController();
    const making = engine.makeSnapshot(snapshotOf(join(folder.path, 'backups'), '/usr', { signal: abort.signal }));
    setTimeout(() => abort.abort(), 300);
    await expect(making).rejects.toMatchObject({ code: 'cancelled' });
    const listing = engine.listSnapshots({ root: folder.path, job: 'nightly' });
    engine.close();
    await expect(listing).rejects.toMatchObject({ code: 'cancelled' });
    await expect(engine.namesIn(folder.path)).rejects.toMatchObject({ code: 'cancelled' });
  });

  onShare('H5: gives up a source that hangs, says where, and continues with others', async () => {
    const share = await HangingShare.mount({ files: 20, hangOn: 'read' });
    const root = join(folder.path, 'backups');
    const began = performance.now();
    const failure: unknown = await engine
      .makeSnapshot(snapshotOf(root, share.mountPoint))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'stalled' });
    expect(String(failure)).toMatch(/no progress for 4 seconds at .*\/share\/file-\d+: check that the disk or share/);
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(await engine.makeSnapshot(snapshotOf(root, source()))).toMatchObject({ files: 300 });
    share.destroy();
  });

  onShare('H5 kind: gives up a place that hangs when something is written to it', async () => {
    const share = await HangingShare.mount({ files: 1, hangOn: 'change' });
    await expect(engine.checkFolder(join(share.mountPoint, 'backups'))).rejects.toMatchObject({ code: 'stalled' });
    await expect(engine.makeSnapshot(snapshotOf(join(share.mountPoint, 'backups'), source()))).rejects.toMatchObject({
      code: 'stalled',
    });
    expect(await engine.namesIn(folder.path)).toContain('records');
    share.destroy();
  });

  onShare('H5 kind: gives up looking at what hangs', async () => {
    const share = await HangingShare.mount({ files: 3, hangOn: 'when-told' });
    expect(await engine.namesIn(share.mountPoint)).toHaveLength(3);
    share.hang();
    await expect(engine.namesIn(share.mountPoint)).rejects.toMatchObject({ code: 'stalled' });
    const scanning = engine.makeSnapshot(
      snapshotOf(join(folder.path, 'backups'), '', { sources: [{ source: 'a', trees: [tree(share.mountPoint)] }] }),
    );
    await expect(scanning).rejects.toMatchObject({ code: 'stalled' });
    share.destroy();
    expect(existsSync(folder.path) && readdirSync(folder.path)).toBeTruthy();
  });
});

import { describe, expect, it, jest } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../fixtures/temp-folder.js';
import { differences, treeOf } from '../fixtures/tree.js';
import { troubles, until, Ward, WardProcess } from '../fixtures/ward.js';

jest.setTimeout(180_000);

const fileCount = 3000;

describe('a process that is killed in the middle of a run', () => {
  it.each([
    ['local copy', 'local'],
    ['second copy', 'second'],
  ])('leaves the good snapshots as they were, and the next run is good: killed in the %s', async (_name, place) => {
    const folder = tempFolder();
    const source = join(folder, 'records');
    mkdirSync(source);
    for (let number = 0; number < fileCount; number++)
      writeFileSync(join(source, `letter-${number}`), `first ${number}`);
    const configuration = {
      backups: [
        {
          name: 'records',
          sources: [{ name: 'files', plugin: 'folder', parameters: { paths: [source] } }],
          localCopy: { path: join(folder, 'local') },
          copies: [{ name: 'second', parameters: { path: join(folder, 'second') } }],
        },
      ],
    };
    const [local, second] = [join(folder, 'local', 'records'), join(folder, 'second', 'records')];
    const wholeIn = (at: string) =>
      readdirSync(at).filter((name) => !name.startsWith('.') && !name.endsWith('.partial'));

    const killed = await WardProcess.openForTest({ configuration, folder: join(folder, 'ward') });
    const good = await killed.run('records');
    expect(good).toMatchObject({ outcome: 'succeeded', files: fileCount });
    const snapshots = good.copies.map((copy) => copy.place ?? '');
    const before = snapshots.map(treeOf);

    for (let number = 0; number < fileCount; number++)
      writeFileSync(join(source, `letter-${number}`), `other ${number}`);
    const runId = await killed.start('records');
    const half = (at: string) => readdirSync(at).find((name) => name.endsWith('.partial'));
    await until(
      async () => half(join(folder, place, 'records')),
      (name) => name !== undefined && existsSync(join(folder, place, 'records', name, 'files', 'files')),
    );
    await killed.kill();

    const ward = await Ward.openForTest({ configuration, folder: join(folder, 'ward') });
    const [ended, ...older] = await ward.runs();
    expect(older.map((run) => run.runId)).toEqual([good.runId]);
    expect(ended).toMatchObject({
      runId,
      outcome: 'failed',
      error: { code: 'process-ended' },
      files: expect.any(Number),
    });
    expect(ended?.error?.text).toMatch(/stopped during the backup .* Run the job again/);
    expect(ended && troubles(ended)).toEqual([expect.stringContaining(`The backup failed: ${ended?.error?.text}`)]);
    expect(snapshots.flatMap((snapshot, index) => differences(before[index] ?? new Map(), treeOf(snapshot)))).toEqual(
      [],
    );
    // The run that was killed in its second copy had made a whole local copy, which counts as one.
    expect(wholeIn(local)).toHaveLength(place === 'local' ? 1 : 2);
    expect(wholeIn(second)).toHaveLength(1);

    const next = await ward.run('records');
    expect({ error: next.error, troubles: troubles(next) }).toEqual({ error: null, troubles: [] });
    expect(snapshots.flatMap((snapshot, index) => differences(before[index] ?? new Map(), treeOf(snapshot)))).toEqual(
      [],
    );
    for (const at of [local, second]) expect(half(at)).toBeUndefined();
    const to = join(folder, 'restored');
    expect(await ward.restore('records', { to, destination: 'second' })).toMatchObject({ files: fileCount });
  });
});

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SmallDisk, whyNoSmallDisk } from '../fixtures/small-disk.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { texts, troubles, Ward } from '../fixtures/ward.js';

jest.setTimeout(180_000);

const reason = whyNoSmallDisk();
if (reason !== null) process.stderr.write(`skipped: destinations on a small disk: ${reason}\n`);

const mebibyte = 1024 * 1024;

describe('destinations on a bad day', () => {
  const folder = tempFolder();
  const source = join(folder, 'records');
  const notAFolder = join(folder, 'letter.txt');
  const jobOf = (name: string, local: string, copies: Readonly<Record<string, string>>) => ({
    name,
    sources: [{ name: 'files', plugin: 'folder', parameters: { paths: [source] } }],
    localCopy: { path: local },
    copies: Object.entries(copies).map(([copy, path]) => ({ name: copy, parameters: { path } })),
  });
  const local = join(folder, 'local');
  let ward: Ward;
  let disk: SmallDisk | null = null;

  beforeAll(async () => {
    mkdirSync(source);
    writeFileSync(join(source, 'image.dcm'), Buffer.alloc(3 * mebibyte, 7));
    for (let number = 0; number < 1000; number++) writeFileSync(join(source, `letter-${number}`), 'short');
    writeFileSync(notAFolder, 'This stands where a folder should be');
    disk = reason === null ? SmallDisk.mount(16) : null;
    const small = disk?.folder ?? join(folder, 'no-small-disk');
    ward = await Ward.open({
      configuration: {
        backups: [
          jobOf('three', local, {
            blocked: join(notAFolder, 'backups'),
            good: join(folder, 'good'),
            small: join(small, 'backups'),
          }),
          jobOf('local-blocked', join(notAFolder, 'local'), { good: join(folder, 'good') }),
          jobOf('local-small', join(small, 'local'), {}),
          jobOf('small', local, { small: join(small, 'backups') }),
        ],
      },
    });
  });
  afterAll(() => ward.close());

  it('a copy that cannot be written fails that copy, in words, and stops no other', async () => {
    const run = await ward.run('three');
    expect(run.outcome).toBe('failed');
    const [localCopy, blocked, good] = run.copies;
    expect(localCopy).toMatchObject({ destination: 'local-copy', outcome: 'succeeded', error: null });
    expect(blocked).toMatchObject({
      ...{ destination: 'blocked', outcome: 'failed', place: null },
      error: { code: 'destination-unusable' },
    });
    expect(good).toMatchObject({ destination: 'good', outcome: 'succeeded' });
    expect(existsSync(join(good?.place ?? '', 'manifest.jsonl'))).toBe(true);
    expect(blocked?.error?.text).toContain(join(notAFolder, 'backups'));
    expect(blocked?.error?.text).toMatch(/not a folder/);
    expect(blocked?.error?.text).toMatch(/Check that the destination exists, is connected and writable/);
    expect(run.error?.text).toBe(`blocked: ${blocked?.error?.text}`);
    expect(troubles(run)).toContain(`prepare: ${run.error?.text}`);
    const places = (await ward.snapshots()).filter(({ runId }) => runId === run.runId).map((row) => row.destination);
    expect(places).toEqual(expect.arrayContaining(['local-copy', 'good']));
    expect(places).not.toContain('blocked');
  });

  it('without a place for the local copy nothing is copied, and the error says where it should be', async () => {
    const run = await ward.run('local-blocked');
    expect(run).toMatchObject({
      outcome: 'failed',
      error: { code: 'destination-unusable' },
      copies: [
        { destination: 'local-copy', outcome: 'failed', error: { code: 'destination-unusable' } },
        { destination: 'good', outcome: 'not-reached' },
      ],
    });
    expect(run.error?.text).toContain(join(notAFolder, 'local'));
    expect(texts(run).some((line) => line.startsWith('copy '))).toBe(false);
  });

  (reason === null ? describe : describe.skip)('on a small disk', () => {
    const small = () => {
      if (!disk) throw new Error('there is no small disk');
      return disk;
    };

    it('a disk that can only be read is said before anything is written', async () => {
      small().readOnly();
      try {
        const run = await ward.run('small');
        expect(run.copies[1]).toMatchObject({ outcome: 'failed', error: { code: 'destination-unusable' } });
        expect(run.error?.text).toContain(join(small().folder, 'backups'));
        expect(run.error?.text).toMatch(/read-only|can only be read/);
        expect(texts(run)).not.toContain('copy small: Copying to small');
      } finally {
        small().readOnly(false);
      }
    });

    it('a disk without enough room is said before anything is written, with both numbers', async () => {
      small().fill(2 * mebibyte);
      const run = await ward.run('small');
      expect(run).toMatchObject({ outcome: 'failed', error: { code: 'no-space' } });
      expect(run.error?.text).toMatch(
        /has [0-9.]+\sMB free, but at least 3\.\d\sMB are needed\. Free some space there/,
      );
      expect(texts(run)).not.toContain('copy small: Copying to small');
      expect(readdirSync(join(small().folder, 'backups', 'small'))).toEqual(['.wardround.json']);
    });

    it('neither is a local copy begun that has no room', async () => {
      const run = await ward.run('local-small');
      expect(run).toMatchObject({
        ...{ outcome: 'failed', error: { code: 'no-space' } },
        copies: [{ destination: 'local-copy', outcome: 'failed' }],
      });
      expect(troubles(run)).toEqual([`prepare: The backup failed: ${run.error?.text}`]);
    });

    it('a local copy that fills the disk leaves no snapshot, and the next one with room is whole', async () => {
      small().empty();
      small().fill(5 * mebibyte);
      const failed = await ward.run('local-small');
      expect(failed).toMatchObject({ outcome: 'failed', error: { code: 'no-space' } });
      expect(failed.error?.text).toContain(`no space left on the file system of ${small().folder}`);
      expect(failed.error?.text).toMatch(/Free some space there/);
      expect(troubles(failed)).toEqual([`copy local-copy: The backup failed: ${failed.error?.text}`]);
      const left = () => readdirSync(join(small().folder, 'local', 'local-small'));
      expect(left().filter((name) => !name.endsWith('.partial'))).toEqual(['.wardround.json']);

      small().empty();
      const run = await ward.run('local-small');
      expect(run).toMatchObject({ outcome: 'succeeded', files: 1001 });
      expect(left()).toEqual(['.wardround.json', run.copies[0]?.place?.split('/').at(-1)]);
    });
  });
});

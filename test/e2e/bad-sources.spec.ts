import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import Database from '#sqlite';
import {
  appendFileSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../fixtures/temp-folder.js';
import { restoredAs, texts, troubles, Ward } from '../fixtures/ward.js';

jest.setTimeout(180_000);

const reasons = {
  links: process.platform === 'win32' ? 'not every user of Windows may make symbolic links' : null,
  names: process.platform === 'linux' ? null : 'only file systems of Linux take any byte in a name',
};
for (const reason of Object.values(reasons)) if (reason !== null) process.stderr.write(`skipped: ${reason}\n`);

/** A file with holes: long to read, small on the disk. */
function writeLarge(path: string, megabytes: number): void {
  const file = openSync(path, 'w');
  ftruncateSync(file, megabytes * 1024 * 1024);
  closeSync(file);
}

describe('sources on a bad day', () => {
  // Without a link on the way to it, since protocols name the place that is really read.
  const folder = realpathSync(tempFolder());
  const local = join(folder, 'local');
  const jobOf = (name: string) => ({
    name,
    sources: [{ name: 'files', plugin: 'folder', parameters: { paths: [join(folder, name)] } }],
    localCopy: { path: local },
  });
  const lockedDatabase = join(folder, 'locked.db');
  let ward: Ward;

  beforeAll(async () => {
    const database = { name: 'patients', plugin: 'sqlite', parameters: { file: lockedDatabase, waitSeconds: 0.1 } };
    const names = ['missing', 'vanishing', 'growing', 'links', 'names'];
    const backups = [...names.map(jobOf), { ...jobOf('locked'), sources: [database] }];
    ward = await Ward.open({ configuration: { backups } });
  });
  afterAll(() => ward.close());

  it('a source that is missing fails the run in words: which, where, and what to do', async () => {
    const run = await ward.run('missing');
    expect(run).toMatchObject({
      outcome: 'failed',
      error: { code: 'source-unreadable' },
      copies: [{ destination: 'local-copy', outcome: 'not-reached' }],
    });
    expect(run.error?.text).toContain('source files: ');
    expect(run.error?.text).toContain(`${join(folder, 'missing')} does not exist`);
    expect(run.error?.text).toMatch(/Fix the cause, or change the source/);
    // The protocol says it where it happened.
    expect(troubles(run)).toEqual([`prepare: The backup failed: ${run.error?.text}`]);
    expect(existsSync(join(local, 'missing'))).toBe(false);
  });

  it('a database that another program keeps locked is named, and the wait is said', async () => {
    const owner = new Database(lockedDatabase);
    owner.exec('CREATE TABLE patients (name TEXT)');
    owner.exec('BEGIN EXCLUSIVE');
    try {
      const run = await ward.run('locked');
      expect(run).toMatchObject({ outcome: 'failed', error: { code: 'source-unreadable' } });
      expect(run.error?.text).toContain(`the database ${lockedDatabase} was locked by another program`);
    } finally {
      owner.close();
    }
    expect(await ward.run('locked')).toMatchObject({ outcome: 'succeeded', error: null });
  });

  it('a file that vanishes before it is copied is a warning, and the others are backed up', async () => {
    const source = join(folder, 'vanishing');
    mkdirSync(source);
    for (let number = 0; number < 4; number++) writeLarge(join(source, `large-${number}`), 128);
    writeFileSync(join(source, 'z-last'), 'soon gone');
    // By the time the first large one is being written, the folder has been looked through.
    const copying = () =>
      existsSync(join(local, 'vanishing')) &&
      readdirSync(join(local, 'vanishing'), { recursive: true }).some((path) => String(path).endsWith('large-0'));
    const timer = setInterval(() => copying() && rmSync(join(source, 'z-last'), { force: true }), 1);
    const run = await ward.run('vanishing').finally(() => clearInterval(timer));
    expect(run).toMatchObject({ outcome: 'succeeded', files: 4 });
    expect(troubles(run)).toEqual([`copy local-copy: ${join(source, 'z-last')} vanished before it was copied`]);
  });

  it('a file that grows while it is copied is a warning, and the snapshot holds a beginning of it', async () => {
    const source = join(folder, 'growing');
    const file = join(source, 'events.log');
    mkdirSync(source);
    writeLarge(file, 256);
    const timer = setInterval(() => appendFileSync(file, 'one more line\n'), 1);
    const run = await ward.run('growing').finally(() => clearInterval(timer));
    expect(run).toMatchObject({ outcome: 'succeeded', files: 1 });
    expect(troubles(run)).toEqual([`copy local-copy: ${file} changed while it was copied`]);
    const { size } = statSync(file);
    expect(run.bytes).toBeGreaterThanOrEqual(256 * 1024 * 1024);
    expect(run.bytes).toBeLessThan(size);
  });

  (reasons.links === null ? it : it.skip)(
    'a symbolic link is kept as a link, wherever it points, and nothing is taken from there',
    async () => {
      const source = join(folder, 'links');
      const outside = join(folder, 'outside');
      mkdirSync(source);
      mkdirSync(outside);
      writeFileSync(join(outside, 'secret'), 'not in the job');
      const targets = {
        'to-file': join(outside, 'secret'),
        'to-folder': outside,
        'to-nothing': '../gone',
        'to-up': '..',
      };
      for (const [name, target] of Object.entries(targets)) symlinkSync(target, join(source, name));
      const run = await ward.run('links');
      expect(run).toMatchObject({ outcome: 'succeeded', files: 0 });
      expect(troubles(run)).toEqual([]);

      const to = join(folder, 'restored-links');
      await ward.restore('links', { to });
      const restored = restoredAs(to, 'files', source);
      const found = readdirSync(restored).map((name) => [name, readlinkSync(join(restored, name))]);
      expect(Object.fromEntries(found)).toEqual(targets);
    },
  );

  (reasons.names === null ? it : it.skip)(
    'names with line feeds, quotes and bytes that are no UTF-8 come back byte for byte',
    async () => {
      const source = join(folder, 'names');
      mkdirSync(source);
      const names = ['line\nfeed', 'carriage\rreturn', '"quoted" \'twice\'', 'back\\slash', '-rf *', 'Zürich', ' '].map(
        (name) => Buffer.from(name),
      );
      names.push(Buffer.from([0x61, 0xff, 0xfe, 0x62]), Buffer.from([0xc3]));
      const at = (parent: string, name: Buffer) => Buffer.concat([Buffer.from(`${parent}/`), name]);
      names.forEach((name, index) => writeFileSync(at(source, name), `content ${index}`));
      const run = await ward.run('names');
      expect(run).toMatchObject({ outcome: 'succeeded', files: names.length });
      expect(texts(run).join('')).not.toContain('\n');

      const to = join(folder, 'restored-names');
      await ward.restore('names', { to });
      const restored = restoredAs(to, 'files', source);
      expect(readdirSync(restored, { encoding: 'buffer' }).sort(Buffer.compare)).toEqual(
        [...names].sort(Buffer.compare),
      );
      expect(names.map((name) => readFileSync(at(restored, name), 'utf8'))).toEqual(
        names.map((_name, index) => `content ${index}`),
      );
    },
  );
});

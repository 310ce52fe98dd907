import Database from '#sqlite';
import { describe, expect, it, jest } from '@jest/globals';
import { copyFileSync, cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { jobOf, makeSource } from '../fixtures/jobs.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { Ward, writeConfiguration } from '../fixtures/ward.js';
import { systemSchema } from '../../src/api/system/system.bodies.js';
import { openWardround } from '../../src/main.js';

jest.setTimeout(180_000);

const rule = {
  name: 'backup-failed',
  title: 'A backup failed',
  severity: 'critical',
  when: { protocolLine: '.', level: 'error' },
};
const configuration = {
  backups: [jobOf('records', makeSource('as it is'), { localCopy: { path: join(tempFolder(), 'local') } })],
  rules: [rule],
  recipientGroups: [{ name: 'staff', subscriptions: [{ takes: 'failures-only', channel: 'inbox' }] }],
};

const dataOf = (folder: string) => join(folder, 'data');

/** A whole copy of a database, as a backup makes it. */
function copyDatabase(from: string, to: string): void {
  const database = new Database(from, { readonly: true });
  database.prepare('VACUUM INTO ?').run(to);
  database.close();
}

/** A copy of the databases of a folder in a new one. */
function copied(from: string): string {
  const folder = tempFolder();
  mkdirSync(dataOf(folder), { mode: 0o700 });
  for (const name of ['events.db', 'wardround.db']) copyDatabase(join(dataOf(from), name), join(dataOf(folder), name));
  return folder;
}

/**
 * As if Wardround had been killed in the middle of the run, or the log been copied there: its end is taken out of the log, and
 * the mark beside the log is to be written again.
 */
function forgetEnds(folder: string): void {
  const database = new Database(join(dataOf(folder), 'events.db'));
  database.exec('UPDATE identity SET marked = 0');
  database.exec(`DELETE FROM events WHERE type IN (SELECT id FROM words WHERE text = 'backup.completed')`);
  database.close();
}

function openIn(folder: string) {
  writeConfiguration(folder, configuration);
  return openWardround({
    configFile: join(folder, 'wardround.yaml'),
    dataFolder: dataOf(folder),
    port: 0,
    attended: true,
  });
}

/** A folder in which a job ran once, at rest. */
async function ran(): Promise<string> {
  const ward = await Ward.openForTest({ configuration });
  await ward.run('records');
  await ward.close();
  return ward.folder;
}

describe('a log that was restored or copied', () => {
  it('R5 kind: views ahead of their log are folded from it again, and the deciders are silent about it', async () => {
    const original = await Ward.openForTest({ configuration });
    await original.run('records');
    const folder = tempFolder();
    mkdirSync(dataOf(folder), { mode: 0o700 });
    copyDatabase(join(original.dataFolder, 'events.db'), join(dataOf(folder), 'events.db'));
    forgetEnds(folder);
    await original.run('records');
    await original.close();
    copyDatabase(join(original.dataFolder, 'wardround.db'), join(dataOf(folder), 'wardround.db'));
    const ward = await Ward.openForTest({ configuration, folder });
    const runs = await ward.runs();
    expect(runs.map(({ outcome }) => outcome)).toEqual(['captured']);
    expect(await ward.alarms()).toEqual([]);
    expect(await ward.messages()).toEqual([]);
    expect(existsSync(join(ward.dataFolder, 'wardround.db.ahead-of-its-log'))).toBe(true);
    expect(await ward.run('records')).toMatchObject({ outcome: 'succeeded' });
    const [job] = await items(ward, 'jobs');
    expect(job).toMatchObject({ lastRun: { outcome: 'succeeded' } });
  });

  it('R5 kind: an older log put back into its own folder is taken up, with the folder’s key', async () => {
    const ward = await Ward.openForTest({ configuration });
    const backup = join(tempFolder(), 'events.db');
    copyDatabase(join(ward.dataFolder, 'events.db'), backup);
    await ward.run('records');
    await ward.close();
    for (const end of ['-wal', '-shm']) rmSync(join(ward.dataFolder, `events.db${end}`), { force: true });
    copyFileSync(backup, join(ward.dataFolder, 'events.db'));
    const again = await Ward.openForTest({ configuration, folder: ward.folder });
    expect(await again.runs()).toEqual([]);
    expect(await logOf(again)).toMatchObject({ because: 'behind-mark', epoch: expect.stringMatching(/^2-/) });
    const [restored] = await again.events('installation.restored');
    expect(restored?.data).toMatchObject({ because: 'older-log' });
    expect(restored?.data['installation']).toBe(restored?.data['from']);
    const { id, epoch, before } = (await logOf(again)) ?? {};
    expect(await again.events('log.epoch-began')).toMatchObject([
      { data: { log: id, epoch, before, because: 'behind-mark' } },
    ]);
    await again.close();
    const third = await Ward.openForTest({ configuration, folder: ward.folder });
    expect(await logOf(third)).toMatchObject({ epoch });
    expect(await third.events('log.epoch-began')).toHaveLength(1);
  });

  it('R5 kind: both databases put back into their own folder, with its key, are not a killed process', async () => {
    const ward = await Ward.openForTest({ configuration });
    const backup = tempFolder();
    await ward.run('records');
    for (const name of ['events.db', 'wardround.db']) copyDatabase(join(ward.dataFolder, name), join(backup, name));
    await ward.run('records');
    await ward.close();
    const between = await Ward.openForTest({ configuration, folder: ward.folder });
    const before = await logOf(between);
    await between.close();
    for (const name of ['events.db', 'wardround.db']) {
      for (const end of ['-wal', '-shm']) rmSync(join(ward.dataFolder, name + end), { force: true });
      copyFileSync(join(backup, name), join(ward.dataFolder, name));
    }
    const again = await Ward.openForTest({ configuration, folder: ward.folder });
    expect(await logOf(again)).toMatchObject({ id: before?.id, before: before?.epoch, because: 'behind-mark' });
    expect(await again.events('installation.restored')).toMatchObject([{ data: { because: 'older-log' } }]);
    expect(await again.runs()).toHaveLength(1);
    expect(await again.alarms()).toEqual([]);
  });

  it('R5 kind: a lost log is not an empty one', async () => {
    const folder = await ran();
    for (const end of ['', '-wal', '-shm']) rmSync(join(dataOf(folder), `events.db${end}`), { force: true });
    await expect(openIn(folder)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('is lost'),
    });
    rmSync(join(dataOf(folder), 'wardround.db'));
    await (await openIn(folder)).close();
  });

  it('R5 kind: a folder that was copied with its key is not a second one while the first runs', async () => {
    const folder = await ran();
    const twin = tempFolder();
    cpSync(dataOf(folder), dataOf(twin), { recursive: true });
    const first = await openIn(folder);
    await expect(openIn(twin)).rejects.toMatchObject({
      code: 'data-folder-in-use',
      message: `${dataOf(twin)} holds a copy of the installation in ${dataOf(folder)}, which is running`,
    });
    await first.close();
    await (await openIn(twin)).close();
  });

  it('R5 kind: a folder that was moved is the same installation, and what a kill left in it has failed', async () => {
    const folder = await ran();
    forgetEnds(folder);
    for (const end of ['', '-wal', '-shm']) rmSync(join(dataOf(folder), `wardround.db${end}`), { force: true });
    const place = tempFolder();
    renameSync(dataOf(folder), dataOf(place));
    const ward = await Ward.openForTest({ configuration, folder: place });
    expect(await ward.events('installation.restored')).toEqual([]);
    expect(await ward.runs()).toMatchObject([{ outcome: 'failed', error: { code: 'process-ended' } }]);
  });

  it('R5 kind: a folder of the version before, without key and holder, starts as ever', async () => {
    const folder = await ran();
    rmSync(join(dataOf(folder), 'installation.key'));
    const database = new Database(join(dataOf(folder), 'events.db'));
    database.exec('DROP TABLE holder');
    database.close();
    const ward = await Ward.openForTest({ configuration, folder });
    expect(await ward.events('installation.restored')).toEqual([]);
    expect(await ward.runs()).toMatchObject([{ outcome: 'succeeded' }]);
  });

  it('R5 kind: a start that is killed while it takes up a copy takes it up again', async () => {
    const original = await ran();
    const folder = copied(original);
    forgetEnds(folder);
    rmSync(join(dataOf(folder), 'wardround.db'));
    await (await openIn(folder)).close();
    // As it was before it was settled: the run open again.
    const log = new Database(join(dataOf(folder), 'events.db'));
    const ofTypes = `(SELECT id FROM words WHERE text IN ('backup.captured', 'installation.restored'))`;
    log.exec(`DELETE FROM events WHERE type IN ${ofTypes}`);
    log.exec(`UPDATE holder SET restoration = json_set(restoration, '$.settled', json('false'))`);
    log.close();
    rmSync(join(dataOf(folder), 'wardround.db'));
    const ward = await Ward.openForTest({ configuration, folder });
    expect((await ward.runs()).map(({ outcome }) => outcome)).toEqual(['captured']);
    expect(await ward.events('installation.restored')).toHaveLength(1);
    expect(await ward.alarms()).toEqual([]);
  });
});

async function logOf(ward: Ward) {
  return systemSchema.parse((await ward.get('/api/v1/system')).body).log;
}

async function items(ward: Ward, name: string): Promise<readonly unknown[]> {
  const { body } = await ward.get(`/api/v1/${name}`);
  return (body as { items: unknown[] }).items;
}

import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from '#sqlite';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readAll } from '../../src/event-log/event-log.js';
import { openSqliteLog, type SqliteEventLog } from '../../src/event-log/sqlite/sqlite-log.adapter.js';
import { systemClock } from '../../src/shared/clock.adapter.js';
import { clinicTypes, measurement, note } from './clinic-events.js';
import { SqliteCheckpoints, writeDown } from './sqlite-checkpoints.js';

const run = promisify(execFile);

function open(file: string): Promise<SqliteEventLog> {
  return openSqliteLog({ file, clock: systemClock, eventTypes: clinicTypes });
}

describe('the SQLite log', () => {
  let folder: string;
  let file: string;
  const opened: SqliteEventLog[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wardround-log-'));
    file = join(folder, 'events.db');
  });
  afterEach(async () => {
    for (const log of opened.splice(0)) await log.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function openHere(): Promise<SqliteEventLog> {
    const log = await open(file);
    opened.push(log);
    return log;
  }

  /** Changes the file from outside. */
  function tamper(sql: string): void {
    const database = new Database(file);
    database.exec(sql);
    database.close();
  }

  describe('opening', () => {
    it('makes the data folder', async () => {
      file = join(folder, 'data', 'deeper', 'events.db');
      const log = await openHere();
      await log.append([note('reception', 1)]);
      expect(await readAll(log, {})).toHaveLength(1);
    });

    it('refuses a file that is not a database', async () => {
      await writeFile(file, 'Dear colleague, '.repeat(1000));
      await expect(openHere()).rejects.toMatchObject({
        code: 'event-unreadable',
        message: expect.stringContaining(file),
      });
    });

    it('refuses the database of something else, and leaves it as it was', async () => {
      tamper('CREATE TABLE patients (name TEXT)');
      await expect(openHere()).rejects.toMatchObject({
        code: 'event-unreadable',
        message: expect.stringMatching(/not a Wardround event log/),
      });
      const database = new Database(file);
      expect(database.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['patients']);
      expect(database.pragma('journal_mode', { simple: true })).toBe('delete');
      database.close();
    });

    it('refuses the log of a newer version of Wardround', async () => {
      await (await openHere()).close();
      tamper('PRAGMA user_version = 99');
      await expect(openHere()).rejects.toMatchObject({
        code: 'event-unreadable',
        message: expect.stringMatching(/has layout 99; .* up to 2/),
      });
    });
  });

  it('says at which offset a damaged event stands, and gives those before it', async () => {
    const log = await openHere();
    await log.append([1, 2, 3].map((number) => note('reception', number)));
    tamper(`UPDATE events SET data = '{"number":2,' WHERE offset = 2`);
    const found: number[] = [];
    const reading = (async () => {
      for await (const batch of log.read({})) found.push(...batch.map(({ position }) => position.offset));
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'event-unreadable',
      message: expect.stringMatching(/offset 2 of .*events\.db is damaged/),
    });
    expect(found).toEqual([1]);
  });

  it('hands over what is before a damaged event, tells of it, and continues once it is fixed', async () => {
    const log = await openHere();
    const events = [1, 2, 3].map((number) => note('reception', number));
    const ids = events.map(({ id }) => id);
    await log.append(events);
    tamper(`UPDATE events SET data = 'torn' WHERE offset = 3`);
    const checkpoints = new SqliteCheckpoints(join(folder, 'views.db'));
    const subscription = log.subscribe<Database.Database>({
      name: 'view',
      checkpoints,
      handle: async (batch, tx) =>
        writeDown(
          tx,
          'view',
          batch.map(({ event }) => event.id),
        ),
    });
    while ((await subscription.status()).lastError === null) await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await subscription.status()).lastError).toMatch(/offset 3 of .* is damaged/);
    expect(checkpoints.seen('view')).toEqual(ids.slice(0, 2));
    tamper(`UPDATE events SET data = '{"number":3,"text":"mended"}' WHERE offset = 3`);
    await subscription.caughtUp();
    expect(checkpoints.seen('view')).toEqual(ids);
    await subscription.stop();
    checkpoints.close();
  });

  it('is readable with any SQLite tool', async () => {
    const log = await openHere();
    const event = measurement('reception', 1);
    await log.append([event]);
    const database = new Database(file, { readonly: true });
    expect(database.prepare('SELECT * FROM readable_events').get()).toMatchObject({
      offset: 1,
      time: event.time,
      type: event.type,
      source: event.source,
      subject: event.subject,
      data: JSON.stringify(event.data),
    });
    database.close();
  });

  it('leaves one file and its mark behind when it is closed', async () => {
    const log = await openHere();
    await log.append([measurement('reception', 1)]);
    await log.close();
    expect(await readdir(folder)).toEqual(['events.db', 'events.db.mark']);
  });

  it('finds a narrow time span in a long log, and what arrived late', async () => {
    const log = await openHere();
    const hour = 3_600_000;
    const start = Date.UTC(2026, 0, 1);
    const events = Array.from({ length: 25_000 }, (_, number) =>
      measurement('reception', number, start + number * 1000),
    );
    await log.append(events);
    await log.append([measurement('agent', 777, start + 2 * hour)]);
    const since = new Date(start + 2 * hour).toISOString();
    const found = await readAll(log, { since, until: new Date(start + 2 * hour + 3000).toISOString() });
    expect(found.map(({ source, time }) => [source.split('/').at(-1), time])).toEqual([
      ['reception', '2026-01-01T02:00:00.000Z'],
      ['reception', '2026-01-01T02:00:01.000Z'],
      ['reception', '2026-01-01T02:00:02.000Z'],
      ['agent', '2026-01-01T02:00:00.000Z'],
    ]);
    expect(await readAll(log, { since: new Date(start).toISOString() })).toHaveLength(25_001);
    expect(await readAll(log, { source: '/sites/north-street/servers/agent' })).toHaveLength(1);
  });

  describe('beside another process', () => {
    it('continues while the file is copied hot, and the copy is whole', async () => {
      const log = await openHere();
      await log.append(Array.from({ length: 3000 }, (_, number) => measurement('reception', number)));
      const copy = join(folder, 'copy.db');
      const script = `
        import Database from '#sqlite';
        const database = new Database(process.argv[1], { readonly: true });
        await database.backup(process.argv[2], { progress: () => 1_000_000 });
        database.close();`;
      const copying = runScript(script, [file, copy]);
      let appended = 3000;
      const ended = copying.then(() => true);
      while (!(await Promise.race([ended, log.append([measurement('reception', appended++)]).then(() => false)])));
      const database = new Database(copy, { readonly: true });
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
      expect(database.prepare('SELECT count(*) FROM events').pluck().get()).toBeGreaterThanOrEqual(3000);
      database.close();
      await log.close();
      opened.push(await open(file));
      const again = opened.at(-1);
      expect(again && (await readAll(again, {})).length).toBe(appended);
    });

    it('waits for one that holds the file locked', async () => {
      const log = await openHere();
      await log.append([note('reception', 1)]);
      const holder = new Database(file);
      holder.exec('BEGIN IMMEDIATE');
      const waiting = log.append([note('reception', 2)]);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await readAll(log, {})).toHaveLength(1);
      holder.exec('COMMIT');
      holder.close();
      expect(await waiting).toEqual([{ partition: 0, offset: 2 }]);
    });

    it('numbers without a gap though both append, and hands over what the other appended', async () => {
      const [here, there] = [await openHere(), await openHere()];
      const checkpoints = new SqliteCheckpoints(join(folder, 'views.db'));
      const subscription = here.subscribe<Database.Database>({
        name: 'view',
        checkpoints,
        handle: async () => undefined,
      });
      for (let number = 1; number <= 10; number += 2) {
        await here.append([note('reception', number)]);
        await there.append([note('reception', number + 1), measurement(`server-${number}`, 1)]);
      }
      const events = await readAll(here, { source: '/sites/north-street/servers/reception' });
      expect(events.map(({ sequence }) => Number(sequence))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      await subscription.caughtUp();
      expect(await checkpoints.load('view')).toEqual(new Map([[0, 15]]));
      await subscription.stop();
      checkpoints.close();
    });
  });

  it('fails with outcome-unknown what a dying writer thread had in progress, and starts another for the rest', async () => {
    const script = fileURLToPath(new URL('./writer-death.child.mjs', import.meta.url));
    const { stdout } = await run(process.execPath, [script, file]);
    expect(JSON.parse(stdout)).toEqual({
      inHand: 'outcome-unknown',
      waiting: 'stored',
      repeated: 'stored',
      numbers: [1, 2, 3, 4],
      sequences: [1, 2, 3, 4],
    });
  });
});

const smallDisk = mountSmallDisk();

if (typeof smallDisk === 'string') {
  describe('the SQLite log on a full disk', () => {
    afterAll(() => {
      execFileSync('umount', [smallDisk]);
      rmSync(smallDisk, { recursive: true });
    });

    it('refuses what does not fit, keeps what it acknowledged, and works again once there is room', async () => {
      const file = join(smallDisk, 'events.db');
      const filler = join(smallDisk, 'filler');
      const page = 'x'.repeat(20_000);
      let log = await open(file);
      await writeFile(filler, Buffer.alloc(1_000_000));
      let number = 0;
      let refused: unknown = null;
      while (refused === null) {
        await log.append([note('reception', number + 1, page)]).then(
          () => number++,
          (error: unknown) => (refused = error),
        );
      }
      expect(refused).toMatchObject({ code: 'no-space', message: expect.stringContaining(file) });
      expect(number).toBeGreaterThan(5);
      expect(await readAll(log, {})).toHaveLength(number);

      await rm(filler);
      const [large, small] = await Promise.allSettled([
        log.append([note('reception', 0, page.repeat(200))]),
        log.append([note('reception', number + 1, 'the tape was changed')]),
      ]);
      expect(large).toMatchObject({ status: 'rejected', reason: { code: 'no-space' } });
      expect(small.status).toBe('fulfilled');
      await log.close();
      log = await open(file);
      const events = await readAll(log, {});
      await log.close();
      expect(events.map(({ sequence }) => Number(sequence))).toEqual(events.map((_, index) => index + 1));
      expect(events).toHaveLength(number + 1);
    });
  });
} else {
  describe('the SQLite log on a full disk', () => {
    it(`is not tested here: ${smallDisk.reason}`, () => {
      process.stderr.write(`skipped, the event log on a full disk: ${smallDisk.reason}\n`);
      expect(process.env['CI']).toBeUndefined();
    });
  });
}

/** A file system of 2 MB, or why there is none. */
function mountSmallDisk(): string | { reason: string } {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return { reason: 'only root on Linux can mount one' };
  const folder = mkdtempSync(join(tmpdir(), 'wardround-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'wardround-test', folder], { stdio: 'pipe' });
    return folder;
  } catch (error) {
    rmSync(folder, { recursive: true });
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

function runScript(script: string, args: readonly string[]): Promise<unknown> {
  const here = fileURLToPath(new URL('.', import.meta.url));
  return run(process.execPath, ['--input-type=module', '--eval', script, ...args], { cwd: here });
}

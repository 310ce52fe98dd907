import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from '#sqlite';
import { testContext } from '../../sdk/testing.js';
import plugin from './plugin.js';

const onLinux = process.platform === 'linux' ? it : it.skip;

let folder = '';
let file = '';
let child: ChildProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardround-sqlite-'));
  file = join(folder, 'clinic.db');
});
afterEach(async () => {
  if (child && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  child = null;
  rmSync(folder, { recursive: true });
});

function contextOf(about: { name?: string; waitSeconds?: number } = {}) {
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch, { recursive: true });
  return { ...testContext(plugin, { file, ...about }), scratch };
}

/** A database of `megabytes`, with a table that the writer of {@link startWriter} fills. */
function makeDatabase(journal: 'wal' | 'delete', megabytes: number): void {
  const database = new Database(file);
  database.pragma(`journal_mode = ${journal}`);
  database.exec('CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT); CREATE TABLE bulk (data BLOB)');
  const insert = database.prepare('INSERT INTO bulk VALUES (randomblob(1000000))');
  database.transaction(() => {
    for (let index = 0; index < megabytes; index += 1) insert.run();
  })();
  database.close();
}

/** Runs a script in another process; it has the database as `database`. Resolves when it has printed something. */
async function startProcess(script: string): Promise<void> {
  const driver = fileURLToPath(import.meta.resolve('#sqlite'));
  const prelude = `const database = new (require(${JSON.stringify(driver)}))(${JSON.stringify(file)}, { timeout: 20000 });`;
  child = spawn(process.execPath, ['-e', `${prelude}\n${script}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout) await once(child.stdout, 'data');
}

/** Some two hundred small transactions a second. */
const writer = `
  database.pragma('synchronous = off');
  const insert = database.prepare("INSERT INTO log (text) VALUES (hex(randomblob(50)))");
  let count = 0;
  setInterval(() => {
    insert.run();
    if (++count === 20) console.log('writing');
  }, 5);
`;

function newestLine(path: string): number {
  const database = new Database(path, { readonly: true, timeout: 20_000 });
  const newest: unknown = database.prepare('SELECT max(id) FROM log').pluck().get();
  database.close();
  return Number(newest);
}

describe.each(['wal', 'delete'] as const)(
  'a database with the journal "%s" that is written to all the time',
  (journal) => {
    it('is copied whole, with every transaction that was committed before', async () => {
      makeDatabase(journal, 60);
      await startProcess(writer);
      const before = newestLine(file);
      const context = contextOf();
      const { trees } = await plugin.prepare(context);
      const copy = trees[0]?.path ?? '';
      expect(trees).toEqual([{ path: copy, as: 'clinic.db', recursive: true, exclude: [], owned: true }]);
      expect(newestLine(file)).toBeGreaterThan(before);

      const database = new Database(copy);
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
      expect(database.prepare('SELECT count(*) FROM bulk').pluck().get()).toBe(60);
      expect(database.prepare('SELECT count(*) = max(id) FROM log').pluck().get()).toBe(1);
      database.close();
      expect(newestLine(copy)).toBeGreaterThanOrEqual(before);
      expect(context.progressed.at(-1)?.totalBytes).toBeGreaterThan(60_000_000);
    });
  },
);

describe('the source sqlite', () => {
  it('copies also what stands only in the write-ahead log', async () => {
    const live = new Database(file);
    live.pragma('journal_mode = wal');
    live.pragma('wal_autocheckpoint = 0');
    live.exec("CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO log (text) VALUES ('a'), ('b')");
    const { trees } = await plugin.prepare(contextOf());
    expect(newestLine(trees[0]?.path ?? '')).toBe(2);
    live.close();
  });

  it('gives the copy the mode of the original, and the name that is wished', async () => {
    makeDatabase('wal', 1);
    chmodSync(file, 0o640);
    const { trees } = await plugin.prepare(contextOf({ name: 'renamed.db' }));
    expect(trees[0]?.as).toBe('renamed.db');
    if (process.platform !== 'win32') expect(statSync(trees[0]?.path ?? '').mode & 0o777).toBe(0o640);
  });

  onLinux(
    'S2: the copy and its journal are for their owner only until the copy is done, also with the umask 022',
    async () => {
      makeDatabase('wal', 40);
      chmodSync(file, 0o600);
      await startProcess(writer);
      const before = process.umask(0o022);
      try {
        const context = contextOf();
        const seen: Record<string, Set<string>> = {};
        const look = (): void => {
          for (const name of readdirSync(context.scratch)) {
            const stats = statSync(join(context.scratch, name), { throwIfNoEntry: false });
            if (stats) (seen[name] ??= new Set()).add((stats.mode & 0o7777).toString(8));
          }
        };
        // In the moments at which something happens in the folder, and in those between two steps of the copy.
        const watcher = watch(context.scratch, look);
        const looking = setInterval(look, 1);
        await plugin.prepare({ ...context, progress: look });
        clearInterval(looking);
        watcher.close();
        look();
        expect(Object.keys(seen)).toContain('copy.sqlite');
        for (const modes of Object.values(seen)) expect([...modes]).toEqual(['600']);
      } finally {
        process.umask(before);
      }
    },
  );

  it('copies a database that no one has written to yet', async () => {
    writeFileSync(file, '');
    const { trees } = await plugin.prepare(contextOf());
    expect(statSync(trees[0]?.path ?? '').size).toBe(0);
  });

  it('copies a database whose program was killed in the middle of a transaction', async () => {
    makeDatabase('delete', 1);
    await startProcess(`
      database.exec("BEGIN; PRAGMA cache_size = 1; INSERT INTO log (text) VALUES ('lost'); UPDATE bulk SET data = zeroblob(1000000)");
      console.log('in the middle');
    `);
    child?.kill('SIGKILL');
    if (child) await once(child, 'exit');
    expect(existsSync(`${file}-journal`)).toBe(true);
    const { trees } = await plugin.prepare(contextOf());
    const copy = new Database(trees[0]?.path ?? '');
    expect(copy.prepare('SELECT count(*) FROM log').pluck().get()).toBe(0);
    expect(copy.prepare('SELECT count(*) FROM bulk WHERE data = zeroblob(1000000)').pluck().get()).toBe(0);
    copy.close();
  });

  it('says how much there is to copy, with the write-ahead log', async () => {
    makeDatabase('wal', 2);
    const { estimatedBytes } = await plugin.check(contextOf());
    expect(estimatedBytes).toBe(statSync(file).size);
  });

  it('says that there is no such database, or that it is none', async () => {
    await expect(plugin.check(contextOf())).rejects.toThrow(`the database ${file} does not exist`);
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, 'Dear Sir, '.repeat(1000));
    await expect(plugin.check(contextOf())).rejects.toThrow(`${file} is not a SQLite database, or it is encrypted`);
    await expect(plugin.prepare(contextOf())).rejects.toThrow(`${file} is not a SQLite database, or it is encrypted`);
    file = folder;
    await expect(plugin.check(contextOf())).rejects.toThrow(`${folder} is not a file`);
  });

  it('says that it is damaged', async () => {
    const database = new Database(file);
    database.exec('CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT); CREATE INDEX by_text ON log (text)');
    database.exec("INSERT INTO log (text) VALUES ('a'), ('b')");
    database.unsafeMode();
    database.pragma('writable_schema = on');
    database.exec("UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'by_text'");
    database.close();
    await expect(plugin.prepare(contextOf())).rejects.toThrow(/clinic\.db is damaged/);
  });

  it('waits for a program that holds it locked, and then says so', async () => {
    makeDatabase('delete', 1);
    await startProcess("database.exec('BEGIN EXCLUSIVE'); console.log('locked'); setInterval(() => undefined, 1000);");
    const context = contextOf({ waitSeconds: 0.2 });
    const text = `the database ${file} was locked by another program for 0.2 s`;
    await expect(plugin.check(context)).rejects.toThrow(text);
    await expect(plugin.prepare(context)).rejects.toThrow(text);
  });

  it('waits for a lock that is let go of', async () => {
    makeDatabase('delete', 1);
    await startProcess(`
      database.exec("BEGIN EXCLUSIVE; INSERT INTO log (text) VALUES ('late')");
      console.log('locked');
      setTimeout(() => database.exec('COMMIT'), 500);
    `);
    const { trees } = await plugin.prepare(contextOf());
    expect(newestLine(trees[0]?.path ?? '')).toBe(1);
  });

  it.each([[{}], [{ file: '' }], [{ file: 'x', name: 'a/b' }], [{ file: 'x', name: '..' }]])(
    'refuses the parameters %j',
    (parameters) => {
      expect(plugin.parameters.safeParse(parameters).success).toBe(false);
    },
  );
});

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import Database from '#sqlite';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../src/shared/package.adapter.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { differences, treeOf } from '../fixtures/tree.js';
import { restoredAs, troubles, until, Ward } from '../fixtures/ward.js';

// The spine's promise, kept in the suite and not in bench/, since it is true or not on each machine that builds Wardround. On
// Linux with a large enough /usr/share, or with LARGE_FOLDER, it is the real thing; elsewhere the same with less.

jest.setTimeout(900_000);

const enoughFiles = 20_000;
/** Not every user of Windows may make symbolic links. */
const mayLink = process.platform !== 'win32';

/** A folder of this machine with enough files that we may all read; null if there is none. */
function realFolder(): string | null {
  const folder = process.env['LARGE_FOLDER'] ?? (process.platform === 'linux' ? '/usr/share' : '');
  if (folder === '') return null;
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    for (const file of files) accessSync(join(file.parentPath, file.name), constants.R_OK);
    return files.length >= enoughFiles ? folder : null;
  } catch (error) {
    if (process.env['LARGE_FOLDER'] !== undefined) throw error;
    return null; // Something in there is not for us to read.
  }
}

/** A tree with all that there is in real ones: modes, times with microseconds, links, empty files and folders. */
function madeFolder(): string {
  const folder = join(tempFolder(), 'share');
  for (let part = 0; part < 60; part++) {
    const at = join(folder, `part-${part % 7}`, `part-${part}`);
    mkdirSync(join(at, 'empty'), { recursive: true });
    for (let number = 0; number < 50; number++) {
      const file = join(at, `file-${number}`);
      writeFileSync(file, number % 10 === 0 ? '' : randomBytes(number * 200));
      chmodSync(file, [0o644, 0o600, 0o755, 0o444][number % 4] ?? 0o644);
      utimesSync(file, 1_600_000_000.123457 + number, 1_600_000_000.123457 + number);
    }
    if (mayLink) symlinkSync(`file-${part}`, join(at, 'link'));
    if (mayLink) symlinkSync('/nowhere', join(at, 'dangling'));
    utimesSync(at, 1_500_000_000.5, 1_500_000_000.5);
  }
  return folder;
}

function makeDatabase(file: string, megabytes: number): void {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.exec('CREATE TABLE images (content BLOB); CREATE TABLE visits (number INTEGER PRIMARY KEY, note TEXT)');
  const insert = database.prepare('INSERT INTO images VALUES (?)');
  database.transaction(() => {
    for (let number = 0; number < megabytes * 16; number++) insert.run(randomBytes(64 * 1024));
  })();
  database.close();
}

/** Another process that continues writing. */
class BusyWriter {
  /** The newest transaction that is known to be committed. */
  committed = 0;
  private readonly child: ChildProcess;

  constructor(file: string) {
    const script = join(packageRoot, 'test/fixtures/busy-writer.child.mjs');
    const child = spawn(process.execPath, [script, file], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (line) => (this.committed = Number(line)));
    this.child = child;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.stdin?.end();
    await ended;
  }
}

describe('a large folder and a busy database', () => {
  const real = realFolder();
  const folder = tempFolder();
  const file = join(folder, 'clinic.db');
  let source: string;
  let writer: BusyWriter;
  let ward: Ward;

  beforeAll(async () => {
    source = real ?? madeFolder();
    makeDatabase(file, real === null ? 20 : 200);
    writer = new BusyWriter(file);
    ward = await Ward.open({
      configuration: {
        backups: [
          {
            name: 'everything',
            sources: [
              { name: 'share', plugin: 'folder', parameters: { paths: [source] } },
              { name: 'clinic', plugin: 'sqlite', parameters: { file } },
            ],
            localCopy: { path: join(folder, 'local') },
            copies: [{ name: 'second', parameters: { path: join(folder, 'second') } }],
          },
        ],
      },
    });
  });
  afterAll(async () => {
    await ward.close();
    await writer.stop();
  });

  it('are backed up twice, verified, and restored as they were', async () => {
    const databaseBytes = statSync(file).size;
    await until(
      async () => writer.committed,
      (committed) => committed >= 100,
    );
    const committedBefore = writer.committed;
    const startedAt = Date.now();
    const run = await ward.run('everything');
    const backupSeconds = (Date.now() - startedAt) / 1000;
    const committedAfter = writer.committed;
    expect({ error: run.error, troubles: troubles(run) }).toEqual({ error: null, troubles: [] });
    expect(run.copies.map(({ destination, outcome }) => [destination, outcome])).toEqual([
      ['local-copy', 'succeeded'],
      ['second', 'succeeded'],
    ]);
    // It continued writing all the while.
    expect(committedAfter).toBeGreaterThan(committedBefore);

    const to = join(folder, 'restored');
    const restored = await ward.restore('everything', { to, destination: 'second' });
    expect(restored).toMatchObject({ files: run.files, bytes: run.bytes });

    const restoredSource = restoredAs(to, 'share', source);
    const expected = treeOf(source);
    const different = differences(expected, treeOf(restoredSource));
    expect(different).toEqual([]);
    const files = [...expected.values()].filter((entry) => entry.startsWith('file ')).length;
    expect(run.files).toBe(files + 1);
    const byRsync = rsyncDifferences(source, restoredSource);
    expect(byRsync ?? []).toEqual([]);

    const visits = visitsIn(join(to, 'clinic', 'clinic.db'));
    expect(visits.integrity).toBe('ok');
    expect(visits.newest).toBeGreaterThanOrEqual(committedBefore);
    expect(visits.count).toBe(visits.newest);

    report({
      folder: source,
      files: run.files,
      links: [...expected.values()].filter((entry) => entry.startsWith('link ')).length,
      bytes: run.bytes,
      databaseBytes,
      backupSeconds,
      restoreSeconds: restored.durationMs / 1000,
      transactionsPerSecond: Math.round((committedAfter - committedBefore) / backupSeconds),
      committedBefore,
      restoredTransactions: visits.newest,
      differences: different.length,
      differencesByRsync: byRsync?.length ?? 'not installed',
    });
  });
});

/** What rsync would change to make the second folder like the first; null if there is no rsync. */
function rsyncDifferences(from: string, to: string): readonly string[] | null {
  if (spawnSync('rsync', ['--version'], { stdio: 'ignore' }).status !== 0) return null;
  // Only root can give files to others.
  const owners = process.getuid?.() === 0 ? [] : ['--no-owner', '--no-group'];
  const options = ['-aHn', ...owners, '--checksum', '--delete', '--itemize-changes'];
  const output = execFileSync('rsync', [...options, `${from}/`, `${to}/`], { maxBuffer: 256 * 1024 * 1024 });
  return output.toString('latin1').split('\n').filter(Boolean);
}

function visitsIn(file: string): { integrity: unknown; newest: number; count: number } {
  // The copy is of the pages alone: it needs no log beside it.
  expect(readFileSync(file).subarray(0, 15).toString()).toBe('SQLite format 3');
  const database = new Database(file);
  try {
    const integrity: unknown = database.pragma('integrity_check', { simple: true });
    const number = (query: string) => Number(database.prepare(query).pluck().get());
    const [newest, count] = [number('SELECT max(number) FROM visits'), number('SELECT count(*) FROM visits')];
    return { integrity, newest, count };
  } finally {
    database.close();
  }
}

function report(found: Readonly<Record<string, string | number>>): void {
  const lines = Object.entries(found).map(([name, value]) => `  ${name}: ${value}`);
  process.stdout.write(`large job:\n${lines.join('\n')}\n`);
}

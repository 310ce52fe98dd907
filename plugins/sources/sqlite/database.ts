import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import Database from '#sqlite';
import type { Progress } from '../../sdk/index.js';

/** Pages that are copied at a time: some 16 MiB, so that progress is seen and a cancelled copy stops soon. */
const pagesAStep = 4096;

export interface CopyOptions {
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
  progress(done: Progress): void;
}

/**
 * Opens a database for reading, without changing anything, and reads from it once: so it is one, and it is not locked. What
 * is read from it until it is closed does not change.
 * @throws Error for people
 */
export async function openDatabase(file: string, waitSeconds: number): Promise<Database.Database> {
  try {
    return await openAndRead(file, waitSeconds, true);
  } catch (error) {
    // After a crash of its program, a database must first be recovered, which takes the right to write.
    if (!/^SQLITE_READONLY|^SQLITE_CANTOPEN/.test(codeOf(error))) throw explain(error, file, waitSeconds);
  }
  try {
    return await openAndRead(file, waitSeconds, false);
  } catch (error) {
    throw explain(error, file, waitSeconds);
  }
}

/** @returns with a read transaction begun. */
async function openAndRead(file: string, waitSeconds: number, readonly: boolean): Promise<Database.Database> {
  const database = new Database(file, { readonly, fileMustExist: true, timeout: 0 });
  try {
    database.exec('BEGIN');
    // Preparing reads the schema, so it may meet the lock as well.
    await waitForLock(() => database.prepare('SELECT count(*) FROM sqlite_schema').get(), waitSeconds);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * SQLite's own waiting looks less and less often, and a program that writes to a rollback journal without a pause leaves gaps of
 * less than a millisecond: one must look often to find one.
 */
async function waitForLock(attempt: () => void, waitSeconds: number): Promise<void> {
  const until = performance.now() + waitSeconds * 1000;
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(codeOf(error)) || performance.now() >= until) throw error;
    }
    await setTimeout(1);
  }
}

function isBusy(code: string): boolean {
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}

/**
 * Copies a database that may be in use, page by page, as it was when the copying began.
 *
 * SQLite's backup starts over whenever another process writes between two of its steps, and so never ends on a busy
 * database. Within a read transaction it cannot: the transaction continues seeing the state with which it began. With a
 * write-ahead log, writers continue meanwhile; with a rollback journal they wait until the copy is done (half a second
 * for 200 MB).
 * @throws Error for people
 */
export async function copyDatabase(file: string, to: string, options: CopyOptions): Promise<void> {
  const database = await openDatabase(file, options.waitSeconds);
  try {
    const pageBytes = Number(database.pragma('page_size', { simple: true }));
    // The copy is as confidential as the original from its first byte on; SQLite would make it readable to all, and its journal too.
    // A database that no one has written to yet is such an empty file.
    writeFileSync(to, '', { flag: 'wx', mode: 0o600 });
    if (database.pragma('page_count', { simple: true }) === 0) return;
    await database.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        options.signal.throwIfAborted();
        const bytes = (totalPages - remainingPages) * pageBytes;
        options.progress({ files: 0, bytes, totalFiles: 1, totalBytes: totalPages * pageBytes });
        return pagesAStep;
      },
    });
  } catch (error) {
    throw options.signal.aborted ? error : explain(error, file, options.waitSeconds);
  } finally {
    database.close();
  }
}

/** @throws Error with what SQLite finds wrong with a copy. */
export function checkIntegrity(copy: string, original: string): void {
  const database = new Database(copy, { readonly: true });
  try {
    const found = database.prepare('PRAGMA integrity_check(3)').pluck().all();
    if (found.length === 1 && found[0] === 'ok') return;
    throw new Error(
      `the database ${original} is damaged: SQLite's integrity check of its copy found ${found.map(String).join('; ')}`,
    );
  } finally {
    database.close();
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function explain(error: unknown, file: string, waitSeconds: number): Error {
  const code = codeOf(error);
  const what = error instanceof Error ? error.message : String(error);
  const say = (text: string): Error => Object.assign(new Error(text, { cause: error }), { code });
  if (code === 'SQLITE_NOTADB') return say(`${file} is not a SQLite database, or it is encrypted`);
  if (isBusy(code)) {
    return say(`the database ${file} was locked by another program for ${waitSeconds} s`);
  }
  if (code.startsWith('SQLITE_CORRUPT')) return say(`the database ${file} is damaged: ${what}`);
  if (code === 'SQLITE_FULL') {
    return Object.assign(say(`no space for the copy of the database ${file}`), { code: 'ENOSPC' });
  }
  return say(`the database ${file} cannot be read: ${what}`);
}

import Database from '#sqlite';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf, WardroundError } from '../shared/errors.js';
import { strangersHolding } from './lock-holder.adapter.js';

const processFileSchema = z.object({
  pid: z.number().int(),
  /** Null while it does not listen: a command that works alone. */
  url: z.url().nullable(),
  /** Lets its reader change what the board may not. */
  token: z.string(),
  startedAt: z.iso.datetime(),
});

/** What `process.json` in the data folder says of the process that owns the folder. Only the folder's owner can read it. */
export type ProcessFile = z.infer<typeof processFileSchema>;

/** What is known of the process that wrote `process.json` last; null if there is none, or nothing that can be read. */
export function readProcessFile(dataFolder: string): ProcessFile | null {
  try {
    return processFileSchema.parse(JSON.parse(readFileSync(processFilePath(dataFolder), 'utf8')));
  } catch {
    return null;
  }
}

/**
 * The right to write in a data folder: one process has it at a time. It is SQLite's lock on a small file, which the
 * operating system takes back when the process ends, however it ends.
 */
export class FolderLock {
  readonly token = randomBytes(32).toString('hex');

  private constructor(
    private readonly dataFolder: string,
    private readonly database: Database.Database,
  ) {}

  /** @throws WardroundError `data-folder-in-use`, naming the owner. */
  static take(dataFolder: string): FolderLock {
    const file = join(dataFolder, 'owner.lock');
    const database = new Database(file, { timeout: 0 });
    try {
      database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      if (isBusy(error)) throw inUse(dataFolder);
      if (codeOf(error) === 'SQLITE_NOTADB') throw noLock(file, error);
      throw error;
    }
    return new FolderLock(dataFolder, database);
  }

  /** Whether a process that lives has the folder. */
  static isHeld(dataFolder: string): boolean {
    const file = join(dataFolder, 'owner.lock');
    if (!existsSync(file)) return false;
    const database = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 });
    try {
      database.prepare('SELECT 1 FROM sqlite_schema').get();
      return false;
    } catch (error) {
      if (isBusy(error)) return true;
      throw error;
    } finally {
      database.close();
    }
  }

  /** Says to the command line who owns the folder, and how to reach it. */
  announce(url: string | null, startedAt: string): void {
    const path = processFilePath(this.dataFolder);
    const file: ProcessFile = { pid: process.pid, url, token: this.token, startedAt };
    writeFileSync(path, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
    chmodSync(path, 0o600); // For a file that was there before: `mode` counts for new ones only.
  }

  release(): void {
    rmSync(processFilePath(this.dataFolder), { force: true });
    this.database.close();
  }
}

function processFilePath(dataFolder: string): string {
  return join(dataFolder, 'process.json');
}

function inUse(dataFolder: string): WardroundError {
  const [stranger] = strangersHolding(join(dataFolder, 'owner.lock'));
  if (stranger) {
    return new WardroundError(
      'data-folder-in-use',
      `process ${stranger.pid} of user ${stranger.uid} holds the lock of the data folder ${dataFolder}, which it opened while other users had access to the folder`,
      `End that process (kill ${stranger.pid}) and start again: only this user has access to the folder now`,
    );
  }
  const owner = readProcessFile(dataFolder);
  const who = owner ? ` by process ${owner.pid}${owner.url ? `, whose board is at ${owner.url}` : ''}` : '';
  return new WardroundError(
    'data-folder-in-use',
    `the data folder ${dataFolder} is in use${who}`,
    'Stop that process, or use another folder (--data)',
  );
}

function noLock(file: string, cause: unknown): WardroundError {
  const advice = 'Move it away: it contains no data, and a new one is created';
  return new WardroundError('data-folder-unusable', `${file} is not the lock of a data folder`, advice, { cause });
}

function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY');
}

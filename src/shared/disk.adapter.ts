import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './errors.js';

/** How much room a file system has, for who may not use what is reserved for root. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** How many more files there may be; null where the file system does not count them. */
  readonly freeFiles: number | null;
}

/** @throws what Node throws if the folder cannot be looked at */
export async function diskSpace(folder: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize, files, ffree } = await statfs(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeFiles: files > 0 ? ffree : null };
}

/**
 * Writes a file of so many bytes and removes it: only that shows a quota, a right that is missing, or a file system that has
 * become read-only.
 * @throws what Node throws
 */
export function tryToWrite(folder: string, bytes: number): void {
  const file = join(folder, `.write-test-${process.pid}`);
  const block = Buffer.alloc(Math.min(bytes, 64 * 1024), 1);
  const opened = openSync(file, 'w', 0o600);
  try {
    for (let written = 0; written < bytes; written += block.length) writeSync(opened, block);
  } finally {
    closeSync(opened);
    rmSync(file, { force: true });
  }
}

/** Why nothing can be written. */
export type WriteFault = 'full' | 'quota' | 'read-only' | 'not-allowed' | 'no-folder' | 'gone' | 'failing';

const faultOfCode: Readonly<Record<string, WriteFault>> = {
  ENOSPC: 'full',
  SQLITE_FULL: 'full',
  EDQUOT: 'quota',
  EROFS: 'read-only',
  EACCES: 'not-allowed',
  EPERM: 'not-allowed',
  ENOTDIR: 'no-folder',
  EEXIST: 'no-folder',
  ENOENT: 'gone',
  ESTALE: 'gone',
  EIO: 'failing',
};

/** What SQLite says with many endings; https://www.sqlite.org/rescode.html */
const faultOfSqlite: readonly (readonly [RegExp, WriteFault])[] = [
  [/^SQLITE_READONLY/, 'read-only'],
  [/^SQLITE_(?:CANTOPEN|PERM)/, 'not-allowed'],
  [/^SQLITE_IOERR/, 'failing'],
];

/** What an error says about the disk, or one that it was caused by; null if it is about something else. */
export function writeFaultOf(error: unknown): WriteFault | null {
  const code = codeOf(error);
  const found = faultOfCode[code] ?? faultOfSqlite.find(([pattern]) => pattern.test(code))?.[1];
  if (found) return found;
  return typeof error === 'object' && error !== null && 'cause' in error ? writeFaultOf(error.cause) : null;
}

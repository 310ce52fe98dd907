import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { codeOf } from '../../shared/errors.js';
import type { LogMark } from '../log-identity.js';

/** What a mark says: written over in place, so that its file stays the same. */
export type Marked = Omit<LogMark, 'isOriginal'>;

/** Always so long, padded: a shorter text leaves nothing of a longer one behind, and one sector is written or not. */
const markBytes = 256;

const markSchema = z.object({
  log: z.string(),
  epoch: z.string(),
  head: z.number().int().nonnegative(),
  /** The number of the file that it was written to: a copy has another. */
  inode: z.string(),
});

/** Where the mark of a log lies. */
export function markFile(logFile: string): string {
  return `${logFile}.mark`;
}

/** @returns null if there is none, or none that can be read */
export function readMark(logFile: string): LogMark | null {
  let fd: number;
  try {
    fd = openSync(markFile(logFile), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'EACCES'].includes(codeOf(error))) return null;
    throw error;
  }
  try {
    const buffer = Buffer.alloc(markBytes);
    const text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, markBytes, 0));
    const { inode, ...marked } = markSchema.parse(JSON.parse(text));
    return { ...marked, isOriginal: inode === inodeOf(fd) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Writes the mark of a log. Close it. */
export class MarkWriter {
  private readonly fd: number;
  private readonly inode: string;

  constructor(logFile: string) {
    const { O_RDWR, O_CREAT, O_NOFOLLOW = 0 } = constants;
    this.fd = openSync(markFile(logFile), O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
    this.inode = inodeOf(this.fd);
  }

  /** What is written outlives the process at once, and the computer within half a minute. */
  write(marked: Marked): void {
    writeSync(this.fd, `${JSON.stringify({ ...marked, inode: this.inode })}\n`.padEnd(markBytes), 0);
  }

  /** Waits until the mark is on the disk, with its name. */
  sync(logFile: string): void {
    fsyncSync(this.fd);
    if (process.platform === 'win32') return; // Windows opens no folders.
    const folder = openSync(dirname(logFile), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}

function inodeOf(fd: number): string {
  return String(fstatSync(fd, { bigint: true }).ino);
}

import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { bytesText } from '../thresholds.js';
import { toBuffer, toText, type ByteString } from './bytes.js';
import { FileEngineError, type FileEngineErrorCode } from './engine-types.js';

/** Node's code of an operating system's error, such as `ENOENT`; null for anything else. */
export function errnoOf(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}

const words: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'the system does not permit it',
  ENOENT: 'it does not exist',
  ENOTDIR: 'part of the path is not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'it already exists',
  EIO: 'the disk reports an error',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long for this file system',
  EILSEQ: 'the file system does not allow this name',
  EINVAL: 'the file system does not support it',
  EMFILE: 'too many open files',
  EBUSY: 'it is in use',
  EFBIG: 'it is too large for this file system',
  ESTALE: 'the network share lost it',
  ETIMEDOUT: 'the network share does not respond',
  ELOOP: 'it is a symbolic link now',
};

/** What an operating system's error means, in words. */
export function describeErrno(error: unknown): string {
  const code = errnoOf(error);
  if (code !== null) return `${words[code] ?? 'the system refuses it'} (${code})`;
  return error instanceof Error ? error.message : String(error);
}

/**
 * The error of a failed write.
 * @param place what was written
 * @param neededBytes how much was still to be written
 */
export function writeError(error: unknown, place: ByteString, neededBytes: number): FileEngineError {
  if (error instanceof FileEngineError) return error;
  const code = errnoOf(error);
  const where = toText(place);
  if (code === 'ENOSPC' || code === 'EDQUOT') return noSpace(code, place, neededBytes, error);
  return new FileEngineError('unwritable', `${where} cannot be written: ${describeErrno(error)}`, where, {
    cause: error,
  });
}

/** The error of a folder that cannot be opened or read. */
export function readError(error: unknown, place: string): Error {
  if (error instanceof FileEngineError) return error;
  return new FileEngineError('unreadable', `${place} cannot be read: ${describeErrno(error)}`, place, { cause: error });
}

/** @param place a path on the full file system; it need not exist. */
export function noSpace(
  code: 'ENOSPC' | 'EDQUOT',
  place: ByteString,
  neededBytes: number,
  cause?: unknown,
): FileEngineError {
  const where = toText(place);
  const system = existingParent(place);
  const free = freeSpace(system);
  const what =
    code === 'EDQUOT'
      ? `the quota on the file system of ${mountPoint(system)} is used up`
      : free !== null && free.files === 0 && free.bytes > 0
        ? `the file system of ${mountPoint(system)} has no free inodes for more files`
        : `no space left on the file system of ${mountPoint(system)}`;
  const numbers = `${bytesText(neededBytes)} needed, ${free === null ? 'an unknown amount' : bytesText(free.bytes)} free`;
  return new FileEngineError(code, `${what}: ${numbers}, when writing ${where}`, where, { cause });
}

/** What this process may still write on the file system of an existing path; null where the system does not say. */
export function freeSpace(path: ByteString): { bytes: number; files: number } | null {
  try {
    const state = statfsSync(toBuffer(path));
    // Root may also use the blocks that file systems hold back for it.
    const blocks = process.getuid?.() === 0 ? state.bfree : state.bavail;
    // File systems without a fixed number of inodes report none at all.
    return { bytes: blocks * state.bsize, files: state.files === 0 ? Number.POSITIVE_INFINITY : state.ffree };
  } catch {
    // Some network file systems do not answer; then only the write itself shows whether there is room.
    return null;
  }
}

function existingParent(path: ByteString): ByteString {
  const buffer = toBuffer(path);
  if (statSync(buffer, { throwIfNoEntry: false })) return path;
  const parent = dirname(path);
  return parent === path ? path : existingParent(parent);
}

/** The topmost folder of the file system that holds an existing path. */
function mountPoint(path: ByteString): string {
  const device = statSync(toBuffer(path)).dev;
  let top = path;
  for (let parent = dirname(top); parent !== top; parent = dirname(top)) {
    if (statSync(toBuffer(parent)).dev !== device) break;
    top = parent;
  }
  return toText(top);
}

/** An error in the form in which it passes between threads. */
export interface PackedError {
  /** Null for what the engine did not foresee. */
  readonly code: FileEngineErrorCode | null;
  readonly message: string;
  readonly place: string;
  readonly stack: string;
}

export function packError(error: unknown): PackedError {
  const known = error instanceof FileEngineError;
  return {
    code: known ? error.code : null,
    message: error instanceof Error ? error.message : String(error),
    place: known ? error.place : '',
    stack: error instanceof Error ? (error.stack ?? '') : '',
  };
}

export function unpackError({ code, message, place, stack }: PackedError): Error {
  const error = code === null ? new Error(message) : new FileEngineError(code, message, place);
  error.stack = stack;
  return error;
}

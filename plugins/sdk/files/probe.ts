import { randomUUID } from 'node:crypto';
import { closeSync, fchmodSync, fchownSync, fstatSync, fsyncSync, futimesSync, writeSync } from 'node:fs';
import { fromText } from './bytes.js';
import type { FolderState, Keeps } from './engine-types.js';
import { freeSpace, writeError } from './errors.js';
import { forUtimes, fromNanoseconds } from './mtime.js';
import { usingFolder, type OpenFolder } from './open-folder.js';
import { reachOrMakeFolder } from './reach-folder.js';

/** Some moment with microseconds. */
const someTime = 1_000_000_000_123_457;

/**
 * Tries out in a folder what its file system and this process's rights allow to keep. What is refused is the answer, not an
 * error; only a folder that cannot be written at all is one.
 * @throws FileEngineError `unwritable`, `ENOSPC`, `EDQUOT`.
 */
export function probeKeeps(folder: OpenFolder): Keeps {
  const name = `.probe-${randomUUID()}`;
  const link = `${name}-link`;
  try {
    const fd = folder.createFile(name);
    try {
      return { ...probeFile(fd), symlinks: keepsLinks(folder, link) };
    } finally {
      closeSync(fd);
      folder.unlink(name);
    }
  } catch (error) {
    throw writeError(error, folder.path, 0);
  }
}

function probeFile(fd: number): Omit<Keeps, 'symlinks'> {
  const look = () => fstatSync(fd, { bigint: true });
  const keepsMode = (mode: number): boolean =>
    works(
      () => fchmodSync(fd, mode),
      () => (look().mode & 0o777n) === BigInt(mode),
    );
  return {
    modes: keepsMode(0o640) && keepsMode(0o604),
    times: works(
      () => futimesSync(fd, forUtimes(someTime), forUtimes(someTime)),
      () => fromNanoseconds(look().mtimeNs) === someTime,
    ),
    owners:
      process.getuid?.() === 0 &&
      works(
        () => fchownSync(fd, 1, 1),
        () => look().uid === 1n,
      ),
  };
}

function keepsLinks(folder: OpenFolder, name: string): boolean {
  return works(
    () => folder.makeLink(name, 'nowhere'),
    () => {
      const target = folder.readlink(name);
      folder.unlink(name);
      return target === 'nowhere';
    },
  );
}

function works(attempt: () => void, succeeded: () => boolean): boolean {
  try {
    attempt();
    return succeeded();
  } catch {
    return false;
  }
}

/** See `FileEngine.checkFolder`. */
export function checkFolder(path: string): FolderState {
  const name = `.probe-${randomUUID()}`;
  try {
    return usingFolder(reachOrMakeFolder(path), (folder) => {
      const fd = folder.createFile(name);
      try {
        writeSync(fd, 'Write test by Wardround.\n');
        fsyncSync(fd);
      } finally {
        closeSync(fd);
        folder.unlink(name);
      }
      return { freeBytes: freeSpace(folder.address)?.bytes ?? Number.MAX_SAFE_INTEGER };
    });
  } catch (error) {
    throw writeError(error, fromText(path), 0);
  }
}

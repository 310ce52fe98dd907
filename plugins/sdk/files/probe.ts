import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  lstatSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  type BigIntStats,
} from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fromText } from './bytes.js';
import type { FolderState, Keeps } from './engine-types.js';
import { freeSpace, writeError } from './errors.js';
import { makeFolders } from './make-folders.js';
import { forUtimes, fromNanoseconds } from './mtime.js';

/** Some moment with microseconds. */
const someTime = 1_000_000_000_123_457;

/**
 * Tries out in a folder what its file system and this process's rights allow to keep. What is refused is the answer, not an
 * error; only a folder that cannot be written at all is one.
 * @throws FileEngineError `unwritable`, `ENOSPC`, `EDQUOT`.
 */
export function probeKeeps(folder: string): Keeps {
  const file = join(folder, `.probe-${randomUUID()}`);
  const link = `${file}-link`;
  try {
    writeFileSync(file, '', { flag: 'wx' });
    return {
      modes:
        works(
          () => chmodSync(file, 0o640),
          () => (look(file).mode & 0o777n) === 0o640n,
        ) &&
        works(
          () => chmodSync(file, 0o604),
          () => (look(file).mode & 0o777n) === 0o604n,
        ),
      times: works(
        () => utimesSync(file, forUtimes(someTime), forUtimes(someTime)),
        () => fromNanoseconds(look(file).mtimeNs) === someTime,
      ),
      owners:
        process.getuid?.() === 0 &&
        works(
          () => chownSync(file, 1, 1),
          () => look(file).uid === 1n,
        ),
      symlinks: works(
        () => symlinkSync('nowhere', link),
        () => readlinkSync(link) === 'nowhere',
      ),
    };
  } catch (error) {
    throw writeError(error, fromText(folder), 0);
  } finally {
    rmSync(link, { force: true });
    rmSync(file, { force: true });
  }
}

function works(attempt: () => void, succeeded: () => boolean): boolean {
  try {
    attempt();
    return succeeded();
  } catch {
    return false;
  }
}

function look(path: string): BigIntStats {
  return lstatSync(path, { bigint: true });
}

/** See `FileEngine.checkFolder`. */
export async function checkFolder(folder: string): Promise<FolderState> {
  const file = join(folder, `.probe-${randomUUID()}`);
  try {
    // By promise, since a network share may let us wait; where that fails, one by one, which tells the true reason.
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch(() => makeFolders(folder));
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.write('Wardround tries whether it can write here.\n');
      await handle.sync();
    } finally {
      await handle.close();
      await rm(file, { force: true });
    }
  } catch (error) {
    throw writeError(error, fromText(folder), 0);
  }
  return { freeBytes: freeSpace(fromText(folder))?.bytes ?? Number.MAX_SAFE_INTEGER };
}

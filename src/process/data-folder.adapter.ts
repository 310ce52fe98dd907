import { dirname, join } from 'node:path';
import { diskSpace, tryToWrite, writeFaultOf, type DiskSpace } from '../shared/disk.adapter.js';
import { writeFaultText } from '../shared/disk-words.js';
import { codeOf, WardroundError } from '../shared/errors.js';
import { userName } from '../shared/user.adapter.js';
import { othersHolding } from './lock-holder.adapter.js';

/** New databases and their journals begin with less. */
const neededBytes = 1_000_000;

/**
 * Tries whether the data folder takes what a start writes.
 * @throws WardroundError `no-space` or `data-folder-unusable`: what is wrong with it, and what would be right
 */
export async function ensureWritable(dataFolder: string): Promise<void> {
  try {
    tryToWrite(dataFolder, neededBytes);
  } catch (error) {
    throw await dataFolderFault(error, dataFolder);
  }
}

/**
 * An error of opening what is in the data folder, told as a lock that someone holds or as what is wrong with its disk,
 * if it is that.
 */
export async function dataFolderFault(error: unknown, dataFolder: string): Promise<unknown> {
  if (isLocked(error)) return lockedFault(error, dataFolder);
  if (error instanceof WardroundError && error.code !== 'internal') return error;
  const found = isAbout(error, dataFolder) ? writeFaultOf(error) : null;
  if (found === null) return error;
  const space = await spaceAt(dataFolder);
  // Node says so of a folder that cannot be made for want of an inode.
  const fault = found === 'gone' && space?.freeFiles === 0 ? 'full' : found;
  const { message, advice } = writeFaultText(fault, { folder: dataFolder, user: userName(), space, neededBytes });
  const code = fault === 'full' || fault === 'quota' ? 'no-space' : 'data-folder-unusable';
  return new WardroundError(code, message, advice, { cause: error });
}

/** SQLite's own error, or the cause of one of ours. */
function isLocked(error: unknown): boolean {
  if (codeOf(error).startsWith('SQLITE_BUSY')) return true;
  return error instanceof Error && error.cause !== undefined && isLocked(error.cause);
}

/** SQLite does not say which database was locked, nor by whom: the system does. */
function lockedFault(error: unknown, dataFolder: string): unknown {
  for (const name of ['events.db', 'wardround.db']) {
    const file = join(dataFolder, name);
    // In write-ahead mode a transaction locks the file of its shared memory.
    const [holder] = [...othersHolding(`${file}-shm`), ...othersHolding(file)];
    if (!holder) continue;
    const whose = holder.uid === process.geteuid?.() ? '' : ` of user ${holder.uid}`;
    const text = `process ${holder.pid}${whose} holds a lock on ${file}`;
    const advice = `End that process (kill ${holder.pid}) and start again`;
    return new WardroundError('data-folder-in-use', text, advice, { cause: error });
  }
  if (error instanceof WardroundError) return error;
  const text = `another program holds a lock on a database in ${dataFolder}`;
  return new WardroundError('data-folder-in-use', text, 'End that program and start again', { cause: error });
}

/** Node names the path; SQLite does not, and has no files elsewhere. */
function isAbout(error: unknown, dataFolder: string): boolean {
  if (typeof error !== 'object' || error === null || !('path' in error)) return true;
  const path = String(error.path);
  return path.startsWith(dataFolder) || dataFolder.startsWith(path);
}

/** Of the folder's disk, or of that which it is to be made on. */
async function spaceAt(folder: string): Promise<DiskSpace | null> {
  try {
    return await diskSpace(folder);
  } catch {
    const parent = dirname(folder);
    return parent === folder ? null : spaceAt(parent);
  }
}

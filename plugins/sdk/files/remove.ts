import { toText, type ByteString } from './bytes.js';
import { FileEngineError } from './engine-types.js';
import { writeError } from './errors.js';
import { isOurs, openOurJob } from './job-folder.js';
import { usingFolder, type FolderIdentity, type OpenFolder } from './open-folder.js';
import type { Operation } from './operation.js';
import { partialName, snapshotFolder, type FoundAddress, type FoundPlace } from './places.js';
import { readInfo } from './snapshot-folder.js';
import { isPartialName } from './snapshot-name.js';
import { requireTrusted } from './trust.js';

/** See `FileEngine.removeSnapshot`. */
export function remove(address: FoundAddress, operation: Operation): void {
  const place = snapshotFolder(address);
  const job = openOurJob(address, operation.onNotice);
  if (!job) throw new FileEngineError('not-found', `there is no snapshot ${place}`, place);
  usingFolder(job, () => {
    const identity = usingFolder(openSnapshotOf(job, address), (snapshot) => snapshot.identity);
    const partial = partialName(address);
    try {
      if (job.lstat(partial)) sweepOne(job, partial, operation);
      // From here on it is no whole snapshot any more, whatever happens.
      job.rename(address.name, job, partial);
      job.sync();
      removeFolder(job, partial, operation, identity);
    } catch (error) {
      throw writeError(error, job.pathOf(address.name), 0);
    }
  });
}

/** The snapshot that is to be removed, if it is one. @throws FileEngineError `not-found`, `not-a-snapshot`, `foreign` */
function openSnapshotOf(job: OpenFolder, { name, job: jobName, owner }: FoundAddress): OpenFolder {
  const place = toText(job.pathOf(name));
  const stats = job.lstat(name);
  if (!stats) throw new FileEngineError('not-found', `there is no snapshot ${place}`, place);
  const no = (cause?: unknown): FileEngineError =>
    new FileEngineError('not-a-snapshot', `${place} is not a snapshot of ${jobName}; it was not removed`, place, {
      cause,
    });
  if (!stats.isDirectory()) throw no();
  const folder = job.child(name);
  try {
    const info = isOurs(folder, job) ? readInfo(folder) : null;
    if (info && owner) requireTrusted(info, name, place, owner);
    if (info?.job === jobName) return folder;
  } catch (error) {
    folder.close();
    throw error instanceof FileEngineError && error.code === 'foreign' ? error : no(error);
  }
  folder.close();
  throw no();
}

/** See `FileEngine.sweepPartials`. */
export function sweep(place: FoundPlace, operation: Operation): string[] {
  const job = openOurJob(place, operation.onNotice);
  return job ? usingFolder(job, () => sweepIn(job, operation)) : [];
}

/** Removes what killed runs have left in a job's folder; what is not ours is left alone, which is said. */
export function sweepIn(job: OpenFolder, operation: Operation, except?: ByteString): string[] {
  return job.names().filter((name) => isPartialName(name) && name !== except && sweepOne(job, name, operation));
}

function sweepOne(job: OpenFolder, name: ByteString, operation: Operation): boolean {
  const place = toText(job.pathOf(name));
  const identity = ourFolder(job, name);
  if (identity === null) {
    const text = `${place} was not made by Wardround and was not removed: find out who created it, and remove it`;
    operation.onNotice({ level: 'warning', place, text });
    return false;
  }
  try {
    removeFolder(job, name, operation, identity);
  } catch (error) {
    throw writeError(error, job.pathOf(name), 0);
  }
  operation.onNotice({ level: 'info', place, text: `${place}, from an unfinished run, was removed` });
  return true;
}

/** Null for a link, a file, and someone else's folder. */
export function ourFolder(job: OpenFolder, name: ByteString): FolderIdentity | null {
  if (!job.lstat(name)?.isDirectory()) return null;
  return usingFolder(job.child(name), (folder) => (isOurs(folder, job) ? folder.identity : null));
}

/**
 * Removes a folder and all in it, never through a link.
 * @param expected what it must be, if that is known.
 */
export function removeFolder(
  parent: OpenFolder,
  name: ByteString,
  operation: Operation,
  expected?: FolderIdentity,
): void {
  usingFolder(parent.child(name, expected), (folder) => empty(folder, operation));
  parent.rmdir(name);
}

function empty(folder: OpenFolder, operation: Operation): void {
  operation.gauge.throwIfCancelled();
  // Copies of read-only folders are read-only too, and a folder that cannot be written cannot be emptied.
  if ((folder.stats.mode & 0o700n) !== 0o700n) folder.setMode(0o700);
  for (const { name, isFolder } of folder.items()) {
    operation.gauge.beat();
    if (isFolder) removeFolder(folder, name, operation);
    else folder.unlink(name);
  }
}

import { FileEngineError, type RestoreSnapshot, type SnapshotInfo } from './engine-types.js';
import { openJob } from './job-folder.js';
import { locateToRead } from './locate.js';
import { usingFolder, type OpenFolder } from './open-folder.js';
import type { Task } from './operation.js';
import { snapshotFolder } from './places.js';
import { readInfo } from './snapshot-folder.js';

/**
 * Opens the snapshot that is to be restored: in the owner's folder, or in that of the job's name, where he kept it before
 * another installation claimed that folder; there it is taken only if its manifest is the one that is asked for.
 * @throws FileEngineError `not-found`
 */
export function openToRestore(options: Task<RestoreSnapshot>): OpenFolder {
  const { root, job, name, manifestSha256 } = options;
  const own = locateToRead(options);
  const plain = { root, job, name };
  const found = own && openIn(own);
  if (found && (manifestSha256 === undefined || infoOrNull(found)?.manifestSha256 === manifestSha256)) return found;
  const elsewhere = own && own.own === undefined ? null : openIn(plain);
  if (elsewhere && manifestSha256 !== undefined && infoOrNull(elsewhere)?.manifestSha256 === manifestSha256) {
    found?.close();
    return elsewhere;
  }
  elsewhere?.close();
  // None is the one: the caller says what is wrong with the nearest.
  if (found) return found;
  const place = snapshotFolder(own ?? plain);
  throw new FileEngineError('not-found', `there is no snapshot ${place}`, place);
}

function openIn(address: Parameters<typeof snapshotFolder>[0]): OpenFolder | null {
  snapshotFolder(address); // A name that leads elsewhere is refused.
  const job = openJob(address);
  return job && usingFolder(job, () => job.childIfThere(address.name));
}

function infoOrNull(folder: OpenFolder): SnapshotInfo | null {
  try {
    return readInfo(folder);
  } catch {
    return null;
  }
}

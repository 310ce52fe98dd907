import { toText } from './bytes.js';
import type { SnapshotPlace } from './engine-types.js';
import { writeError } from './errors.js';
import { isOurs, makeJob, openOurJob } from './job-folder.js';
import { unsafe, usingFolder, type OpenFolder } from './open-folder.js';
import type { Operation } from './operation.js';
import { checkName, scratchName } from './places.js';
import { childOrNew } from './reach-folder.js';
import { removeFolder } from './remove.js';

/** See `FileEngine.makeScratch`. */
export function makeScratch(
  { name, ...place }: SnapshotPlace & { readonly name: string },
  operation: Operation,
): string {
  return usingFolder(makeJob(place, operation.onNotice), (job) => {
    try {
      return usingFolder(childOrNew(job, scratchName), (scratch) => {
        mustBeOurs(scratch, job);
        return usingFolder(scratch.makeChild(checkName(name)), ({ path }) => toText(path));
      });
    } catch (error) {
      throw writeError(error, job.pathOf(scratchName), 0);
    }
  });
}

/** See `FileEngine.removeScratch`. */
export function removeScratch(place: SnapshotPlace, operation: Operation): void {
  const job = openOurJob(place, operation.onNotice);
  if (!job) return;
  usingFolder(job, () => {
    try {
      const scratch = job.childIfThere(scratchName);
      if (!scratch) return;
      const identity = usingFolder(scratch, () => {
        mustBeOurs(scratch, job);
        return scratch.identity;
      });
      removeFolder(job, scratchName, operation, identity);
    } catch (error) {
      throw writeError(error, job.pathOf(scratchName), 0);
    }
  });
}

/** Earlier versions made it open to others. */
function mustBeOurs(scratch: OpenFolder, job: OpenFolder): void {
  if (!isOurs(scratch, job)) {
    throw unsafe(scratch.path, `belongs to user ${scratch.stats.uid}: find out who created it, and remove it`);
  }
  if (process.platform !== 'win32' && (scratch.stats.mode & 0o077n) !== 0n) scratch.setMode(0o700);
}

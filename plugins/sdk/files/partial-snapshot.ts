import { toText } from './bytes.js';
import { FileEngineError, type Keeps } from './engine-types.js';
import { describeErrno, errnoOf, writeError } from './errors.js';
import { Gauge } from './gauge.js';
import { makeJob } from './job-folder.js';
import { unsafe, usingFolderFor, type OpenFolder } from './open-folder.js';
import type { Operation } from './operation.js';
import { confirm } from './locate.js';
import { partialName, parts, snapshotFolder, type FoundAddress } from './places.js';
import { probeKeeps } from './probe.js';
import { removeFolder, sweepIn } from './remove.js';
import { takeOverPartial } from './resume-partial.js';

/** A snapshot that is being written: `<name>.partial`, made by this operation and held open. */
export interface PartialSnapshot {
  readonly job: OpenFolder;
  readonly folder: OpenFolder;
  /** `files/` in it. */
  readonly files: OpenFolder;
  readonly keeps: Keeps;
  /** Files may be in it already, that an interrupted copy has left. */
  readonly resumes: boolean;
}

/** How a partial snapshot is started. */
export interface FillOptions {
  /** What an interrupted copy has left is taken over; and what this one leaves when it is cancelled stays for the next. */
  readonly resumes: boolean;
}

/**
 * Makes the folder that is filled, after what killed runs have left was removed or taken over. Fails the work, nothing of it stays: it
 * is of no use, and the disk may be the one that the computer itself needs room on.
 * @throws FileEngineError `exists`, `unsafe`, `unwritable`, `ENOSPC`, `EDQUOT`, and what the work throws
 */
export async function fillPartial<Result>(
  address: FoundAddress,
  operation: Operation,
  { resumes: mayResume }: FillOptions,
  work: (partial: PartialSnapshot) => Promise<Result>,
): Promise<Result> {
  const place = snapshotFolder(address);
  return usingFolderFor(makeJob(address, operation.onNotice), async (job) => {
    confirm(address, job);
    if (job.lstat(address.name)) throw new FileEngineError('exists', `${place} already exists`, place);
    const left = mayResume ? takeOverPartial(job, address, operation) : null;
    sweepIn(job, operation, left ? partialName(address) : undefined);
    return usingFolderFor(left ?? makePartial(job, address), async (folder) => {
      try {
        const files = left ? folder.child(parts.files) : folder.makeChild(parts.files);
        return await usingFolderFor(files, () => {
          const keeps = probeKeeps(files);
          if (!keeps.modes) sayOpen(job, operation);
          return work({ job, folder, files, keeps, resumes: left !== null });
        });
      } catch (error) {
        const isCancelled = error instanceof FileEngineError && error.code === 'cancelled';
        if (!mayResume || !isCancelled) abandon(job, folder, address, operation);
        throw writeError(error, folder.path, 0);
      }
    });
  });
}

function sayOpen({ path }: OpenFolder, { onNotice }: Operation): void {
  if (process.platform === 'win32') return;
  const place = toText(path);
  onNotice({
    level: 'info',
    place,
    text: `${place} is open to all users of its file system, which does not support modes`,
  });
}

function makePartial(job: OpenFolder, address: FoundAddress): OpenFolder {
  const name = partialName(address);
  try {
    return job.makeChild(name);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw writeError(error, job.pathOf(name), 0);
    throw unsafe(
      job.pathOf(name),
      'already exists, but was not made by Wardround: find out who created it, and remove it',
    );
  }
}

/** What cannot be removed now is removed by the next run; the error that led here says more. */
function abandon(job: OpenFolder, folder: OpenFolder, address: FoundAddress, { onNotice }: Operation): void {
  try {
    // Its own gauge: the operation's may have been told to stop.
    removeFolder(job, partialName(address), { gauge: new Gauge(), onNotice }, folder.identity);
  } catch (error) {
    const place = toText(folder.path);
    onNotice({ level: 'warning', place, text: `${place} could not be removed: ${describeErrno(error)}` });
  }
}

import type { JobOrigin, ListedSnapshot } from '../plugin.js';
import { toText } from './bytes.js';
import {
  FileEngineError,
  type Notice,
  type SnapshotAddress,
  type SnapshotInfo,
  type SnapshotInfo2,
  type SnapshotPlace,
} from './engine-types.js';
import { readError } from './errors.js';
import { openJob } from './job-folder.js';
import { ownSnapshots } from './list-own.js';
import { locate, locateToRead } from './locate.js';
import { usingFolder, type OpenFolder } from './open-folder.js';
import { partialName, snapshotFolder } from './places.js';
import { readInfo } from './snapshot-folder.js';
import { infoOf } from './snapshot-info.js';
import { formatSnapshotName, parseSnapshotName } from './snapshot-name.js';

/** See `FileEngine.listSnapshots`. */
export function list(place: SnapshotPlace, onNotice: (notice: Notice) => void): string[] {
  const job = openToRead(place);
  if (!job) return [];
  return usingFolder(job, () => readingFolder(job, () => [...ownSnapshots(job, place.owner, onNotice)].toReversed()));
}

/** See `FileEngine.describeSnapshots`. */
export function describe(place: SnapshotPlace, onNotice: (notice: Notice) => void): ListedSnapshot[] {
  const job = openToRead(place);
  if (!job) return [];
  return usingFolder(job, () =>
    readingFolder(job, () =>
      [...ownSnapshots(job, place.owner, onNotice)].toReversed().map((name) => listed(job, name)),
    ),
  );
}

function listed(job: OpenFolder, name: string): ListedSnapshot {
  const info = infoOf(job, name);
  const of = {
    id: name,
    takenAt: parseSnapshotName(name) ?? 0,
    verifiedAt: info?.keeps.times ? verifiedAt(job, name) : null,
  };
  if (!info) return { ...of, origin: null, files: null, bytes: null, manifestSha256: null };
  const { files, bytes, manifestSha256 } = info;
  return { ...of, origin: info.version === 2 ? originOf(info) : null, files, bytes, manifestSha256 };
}

function originOf({ origin: { installation, site, server, job } }: SnapshotInfo2): JobOrigin {
  return { installation, site, server, job };
}

/** Verifying sets the time of the snapshot's folder; before that it is the one of the last part that was written. */
function verifiedAt(job: OpenFolder, name: string): number | null {
  const stats = job.lstat(name);
  return stats && stats.mtimeMs >= 0n ? Number(stats.mtimeMs) : null;
}

function openToRead(place: SnapshotPlace): OpenFolder | null {
  const found = locateToRead(place);
  return found && openJob(found);
}

/** See `FileEngine.readSnapshotInfo`. */
export function info(address: SnapshotAddress): SnapshotInfo {
  const place = snapshotFolder(address);
  const job = openToRead(address);
  const snapshot = job && usingFolder(job, () => job.childIfThere(address.name));
  if (!snapshot) throw new FileEngineError('not-found', `there is no snapshot ${place}`, place);
  return usingFolder(snapshot, readInfo);
}

/** See `FileEngine.newSnapshotName`. Whatever has a name takes it, also a link or a file. */
export function newName({ now, ...place }: SnapshotPlace & { readonly now: number }): string {
  const job = openJob(locate(place));
  if (!job) return formatSnapshotName(now);
  const taken = new Set(usingFolder(job, () => readingFolder(job, () => job.names())));
  for (let instant = now; ; instant += 1000) {
    const name = formatSnapshotName(instant);
    if (!taken.has(name) && !taken.has(partialName({ name }))) return name;
  }
}

function readingFolder<Result>(job: OpenFolder, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw readError(error, toText(job.path));
  }
}

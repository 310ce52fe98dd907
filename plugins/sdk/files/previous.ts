import type { PlaceOwner } from '../plugin.js';
import { toText, type ByteString } from './bytes.js';
import type { Keeps } from './engine-types.js';
import type { Findings } from './findings.js';
import { isOurs } from './job-folder.js';
import { ownSnapshots } from './list-own.js';
import type { FileEntry } from './manifest.js';
import type { Microseconds } from './mtime.js';
import { usingFolder, type FolderRef, type OpenFolder } from './open-folder.js';
import { copyAnewMarker, parts, type FoundAddress } from './places.js';
import { isFile, readSnapshotFiles } from './snapshot-folder.js';
import { requireTrusted } from './trust.js';

/** The snapshot whose unchanged files a new one shares. */
export interface PreviousSnapshot {
  readonly startedUs: Microseconds;
  /** Its folder `files/`. */
  readonly root: FolderRef;
  entry(path: ByteString): FileEntry | undefined;
}

/**
 * @param wanted a name; undefined for the newest; null for none.
 * @returns null if there is nothing to share: that costs time and room, and is no error.
 */
export function openPrevious(
  job: OpenFolder,
  { owner, name: own }: FoundAddress,
  wanted: string | null | undefined,
  keeps: Keeps,
  findings: Findings,
): PreviousSnapshot | null {
  const name = wanted === undefined ? newestBefore(own, job, owner, findings) : wanted;
  if (name === undefined || name === null) return null;
  // Whatever has that name: sharing nothing is the safe side.
  if (job.lstat(copyAnewMarker)) {
    findings.add('info', job.path, 'holds a damaged snapshot, so nothing is shared with it: all is copied anew');
    return null;
  }
  try {
    return usingFolder(job.child(name), (previous) => readPrevious(previous, job, name, owner, keeps));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    findings.add('warning', job.pathOf(name), `cannot be shared with, so all is copied anew: ${text}`);
    return null;
  }
}

/** What is dated later was made while the clock was wrong, or the clock is wrong now: it serves where nothing else does. */
function newestBefore(
  own: string,
  job: OpenFolder,
  owner: PlaceOwner | undefined,
  { onNotice }: Findings,
): string | undefined {
  let later: string | undefined;
  for (const name of ownSnapshots(job, owner, onNotice)) {
    if (name < own) return name;
    later ??= name;
  }
  return later;
}

function readPrevious(
  previous: OpenFolder,
  job: OpenFolder,
  name: string,
  owner: PlaceOwner | undefined,
  keeps: Keeps,
): PreviousSnapshot | null {
  if (!isOurs(previous, job)) throw new Error(`it belongs to the user with the number ${previous.stats.uid}`);
  const { info, entries } = readSnapshotFiles(previous);
  // Unchanged files of a snapshot that somebody else made, or changed, would be somebody else's.
  if (owner) requireTrusted(info, name, toText(previous.path), owner);
  // A shared file has one owner and one mode: they must be kept in the same way in both.
  if (!areSame(info.keeps, keeps)) return null;
  const files = new Map(entries.filter(isFile).map((entry) => [entry.path, entry]));
  return {
    startedUs: Date.parse(info.startedAt) * 1000,
    root: usingFolder(previous.child(parts.files), ({ ref }) => ref),
    entry: (path) => files.get(path),
  };
}

function areSame(a: Keeps, b: Keeps): boolean {
  return a.modes === b.modes && a.times === b.times && a.owners === b.owners && a.symlinks === b.symlinks;
}

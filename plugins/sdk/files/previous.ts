import type { PlaceOwner } from '../plugin.js';
import { toText, type ByteString } from './bytes.js';
import type { Keeps } from './engine-types.js';
import type { Findings } from './findings.js';
import { isOurs } from './job-folder.js';
import { ownSnapshots } from './list-own.js';
import type { FileEntry, ManifestEntry } from './manifest.js';
import type { Microseconds } from './mtime.js';
import { usingFolder, type FolderRef, type OpenFolder } from './open-folder.js';
import { copyAnewMarker, parts, type FoundAddress } from './places.js';
import { SnapshotReader } from './snapshot-folder.js';
import { requireTrusted } from './trust.js';

/** The snapshot whose unchanged files a new one shares. */
export class PreviousSnapshot {
  readonly startedUs: Microseconds;
  private entries: Iterator<ManifestEntry, void, undefined> | null = null;
  private next: ManifestEntry | null = null;

  constructor(
    private readonly reader: SnapshotReader,
    /** Its folder `files/`. */
    readonly root: FolderRef,
  ) {
    this.startedUs = Date.parse(reader.info.startedAt) * 1000;
  }

  /**
   * What it has at a path. Its manifest is read along with the one that is made.
   * @param path after the last one that was asked for since {@link rewind}
   */
  entry(path: ByteString): FileEntry | undefined {
    if (!this.entries) this.rewind();
    while (this.next && this.next.path < path) this.advance();
    return this.next?.path === path && this.next.type === 'file' ? this.next : undefined;
  }

  /** What it has of one of the largest files, out of turn. Null if that cannot be told: then it is asked for in its turn. */
  largeEntry(path: ByteString, size: number): FileEntry | undefined | null {
    const { largest } = this.reader;
    return largest.find(path) ?? (largest.wouldHold(size) ? undefined : null);
  }

  rewind(): void {
    this.entries = this.reader.entries();
    this.advance();
  }

  close(): void {
    this.reader.close();
  }

  private advance(): void {
    const next = this.entries?.next();
    this.next = !next || next.done ? null : next.value;
  }
}

/**
 * @param wanted a name; undefined for the newest; null for none.
 * @returns null if there is nothing to share: that costs time and room, and is not an error.
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
    findings.add('info', job.path, 'contains a damaged snapshot, so everything is copied again');
    return null;
  }
  try {
    return usingFolder(job.child(name), (previous) => readPrevious(previous, job, name, owner, keeps));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    findings.add('warning', job.pathOf(name), `cannot be shared with, so everything is copied again: ${text}`);
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
  if (!isOurs(previous, job)) throw new Error(`it belongs to user ${previous.stats.uid}`);
  const reader = SnapshotReader.open(previous);
  try {
    const { info } = reader;
    // Unchanged files of a snapshot that someone else made, or changed, would be someone else's.
    if (owner) requireTrusted(info, name, toText(previous.path), owner);
    // A shared file has one owner and one mode: they must be kept in the same way in both.
    if (areSame(info.keeps, keeps)) {
      return new PreviousSnapshot(
        reader,
        usingFolder(previous.child(parts.files), ({ ref }) => ref),
      );
    }
  } catch (error) {
    reader.close();
    throw error;
  }
  reader.close();
  return null;
}

function areSame(a: Keeps, b: Keeps): boolean {
  return a.modes === b.modes && a.times === b.times && a.owners === b.owners && a.symlinks === b.symlinks;
}

import { liveIdentity } from './live.js';
import type { FileEntry } from './manifest.js';
import type { Microseconds } from './mtime.js';

/** A live file as a scan has seen it. */
export interface SeenFile {
  readonly size: number;
  readonly mtimeUs: Microseconds;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
}

export type Doubt = 'not-recorded' | 'ctime' | 'inode' | 'too-recent';

/**
 * `doubtful`: everything that a program can set is as it was, and something else is not, or is not known. Only reading the
 * file shows whether it is the same.
 */
export type UnchangedVerdict =
  | { readonly verdict: 'unchanged' }
  | { readonly verdict: 'doubtful'; readonly because: Doubt }
  | { readonly verdict: 'changed'; readonly because: 'new' | 'size' | 'mtime' | 'mode' | 'owner' };

/**
 * A file system's clock may stand still for some milliseconds (on FAT for two seconds), and a second change within them leaves
 * size and times as they were. A file changed so shortly before it was last copied is therefore read again.
 */
const clockGrainUs = 2_000_000;

/**
 * Whether a live file is still what the previous snapshot has of it.
 * @param previousStartedUs when that snapshot was started.
 */
export function judgeUnchanged(
  seen: SeenFile,
  previous: FileEntry | undefined,
  previousStartedUs: Microseconds,
): UnchangedVerdict {
  if (!previous) return { verdict: 'changed', because: 'new' };
  if (seen.size !== previous.size) return { verdict: 'changed', because: 'size' };
  if (seen.mtimeUs !== previous.mtimeUs) return { verdict: 'changed', because: 'mtime' };
  if (seen.mode !== previous.mode) return { verdict: 'changed', because: 'mode' };
  if (seen.uid !== previous.uid || seen.gid !== previous.gid) return { verdict: 'changed', because: 'owner' };
  return judgeTraces(seen, previous, previousStartedUs);
}

/** By what no program can set. */
function judgeTraces(seen: SeenFile, { live }: FileEntry, previousStartedUs: Microseconds): UnchangedVerdict {
  if (!live) return { verdict: 'doubtful', because: 'not-recorded' };
  const { ctime, inode } = liveIdentity(seen);
  if (ctime !== live.ctime) return { verdict: 'doubtful', because: 'ctime' };
  if (inode !== live.inode) return { verdict: 'doubtful', because: 'inode' };
  const changedUs = Math.max(seen.mtimeUs, Number(seen.ctimeNs / 1000n));
  if (changedUs > previousStartedUs - clockGrainUs) return { verdict: 'doubtful', because: 'too-recent' };
  return { verdict: 'unchanged' };
}

/** Whether two manifests speak of the same file: then one copy of it serves both. */
export function isSameEntry(a: FileEntry, b: FileEntry | undefined): boolean {
  return b !== undefined && a.sha256 === b.sha256 && a.size === b.size && isSameMetadata(a, b);
}

export function isSameMetadata(
  a: Pick<FileEntry, 'mtimeUs' | 'mode' | 'uid' | 'gid'>,
  b: Pick<FileEntry, 'mtimeUs' | 'mode' | 'uid' | 'gid'>,
): boolean {
  return a.mtimeUs === b.mtimeUs && a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
}

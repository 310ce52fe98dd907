import type { FileEntry } from './manifest.js';
import type { Microseconds } from './mtime.js';

/** A live file as a scan has seen it. */
export interface SeenFile {
  readonly size: number;
  readonly mtimeUs: Microseconds;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export type UnchangedVerdict =
  | { readonly unchanged: true }
  | { readonly unchanged: false; readonly because: 'new' | 'size' | 'mtime' | 'mode' | 'owner' | 'too-recent' };

/**
 * A file system's clock may stand still for some milliseconds (on FAT for two seconds), and a second change within them leaves
 * size and time as they were. A file changed so shortly before it was last copied is therefore copied again.
 */
const clockGrainUs = 2_000_000;

/**
 * Whether a live file is still what the previous snapshot has of it.
 * @param previousStartedUs when that snapshot was begun.
 */
export function judgeUnchanged(
  seen: SeenFile,
  previous: FileEntry | undefined,
  previousStartedUs: Microseconds,
): UnchangedVerdict {
  if (!previous) return { unchanged: false, because: 'new' };
  if (seen.size !== previous.size) return { unchanged: false, because: 'size' };
  if (seen.mtimeUs !== previous.mtimeUs) return { unchanged: false, because: 'mtime' };
  if (seen.mode !== previous.mode) return { unchanged: false, because: 'mode' };
  if (seen.uid !== previous.uid || seen.gid !== previous.gid) return { unchanged: false, because: 'owner' };
  if (seen.mtimeUs > previousStartedUs - clockGrainUs) return { unchanged: false, because: 'too-recent' };
  return { unchanged: true };
}

/** Whether two manifests speak of the same file: then one copy of it serves both. */
export function isSameEntry(a: FileEntry, b: FileEntry | undefined): boolean {
  return (
    b !== undefined &&
    a.sha256 === b.sha256 &&
    a.size === b.size &&
    a.mtimeUs === b.mtimeUs &&
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid
  );
}

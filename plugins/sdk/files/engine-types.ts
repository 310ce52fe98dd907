import type { JobOrigin, ListedSnapshot, PlaceOwner, Progress, SourceTree } from '../plugin.js';

/**
 * What the file engine promises. It makes, verifies, lists, restores and removes snapshots in folders; the layout is in
 * `docs/snapshot-format.md`. The life of a snapshot:
 *
 * 1. `makeSnapshot` (from live folders) or `copySnapshot` (from a snapshot made before) writes `<name>.partial`.
 * 2. `verifySnapshot` puts it on disk, reads it back, compares it with its manifest and only then gives it its name.
 *
 * All work is done in worker threads: the caller's event loop stays free. Every function rejects with a
 * {@link FileEngineError} where it refuses or fails on purpose.
 */

/** Where the snapshots of one job stand: `<root>/<job>/<name>/`, or in a folder beside it that is marked as the owner's. */
export interface SnapshotPlace {
  /** Absolute path of the destination's folder. Made, with its parents, by the functions that write. */
  readonly root: string;
  /** 1 to 63 lower-case letters, digits and hyphens. */
  readonly job: string;
  /**
   * Whose snapshots they are. Then only what is the owner's is listed, shared with, removed or written beside, and nothing is
   * written unless {@link FileEngine.checkPlace} has marked the folder. Without it, `<root>/<job>` is taken as it is found.
   */
  readonly owner?: PlaceOwner | undefined;
}

/** One snapshot. `name` is its time in UTC: `2026-11-22T02-00-00Z` ({@link formatSnapshotName}). */
export interface SnapshotAddress extends SnapshotPlace {
  readonly name: string;
}

/** Something that people should know of, for the protocol. */
export interface Notice {
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
  /** The file or folder it speaks of. Bytes that are no UTF-8 are shown as U+FFFD. */
  readonly place: string;
}

/** What every long operation takes. */
export interface Watching {
  /** Stops the operation within a fraction of a second; it then rejects with `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** About five times a second, and once at the end. Totals are known after a first scan, and are 0 until then. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** In the order of the discoveries; never called after the operation has settled. */
  readonly onNotice?: ((notice: Notice) => void) | undefined;
  /** How long nothing may move before the operation is given up as `stalled`: by default ten minutes. */
  readonly stallMs?: number | undefined;
}

/** The trees of one source, as its plugin's `prepare` gave them. */
export interface SourceTrees {
  /** The source's name: its folder below `files/`. As strict as a job's name. */
  readonly source: string;
  readonly trees: readonly SourceTree[];
}

/** Goes into `snapshot.json`. */
export interface SnapshotOrigin {
  readonly server: string;
  readonly runId: string;
  /** Who signs it. Without one, the snapshot is of format version 1, which anybody can have made. */
  readonly signer?: Signer | undefined;
}

export interface Signer {
  /** The first 22 characters of the base64url SHA-256 of `publicKey`. */
  readonly installation: string;
  readonly site: string;
  /** Ed25519, SPKI, DER, in base64url. */
  readonly publicKey: string;
  /** Ed25519, PKCS 8, PEM: a text, since it passes between processes. */
  readonly privateKey: string;
}

export interface MakeSnapshot extends SnapshotAddress, Watching {
  readonly origin: SnapshotOrigin;
  readonly sources: readonly SourceTrees[];
  /**
   * The name of the snapshot whose unchanged files are shared by hard links. By default the newest whole one of the place;
   * null copies everything.
   */
  readonly previous?: string | null | undefined;
  /** Absolute paths of folders that are omitted wherever they are met, such as other destinations. `root` always is. */
  readonly leaveOut?: readonly string[] | undefined;
  /** Absolute paths of folders within the sources of which the caller wants to know whether they are there. */
  readonly lookFor?: readonly string[] | undefined;
  /** The same by their paths alone: they are not looked at, since a share that does not answer would hold up the run. */
  readonly leaveOutPaths?: readonly string[] | undefined;
}

export interface CopySnapshot extends SnapshotAddress, Watching {
  /** Absolute path of the whole snapshot that is copied: `…/<job>/<name>`. */
  readonly from: string;
  /** Of its manifest, where that is known: another one is refused. */
  readonly manifestSha256?: string | undefined;
  /** As in {@link MakeSnapshot}: one of *this* place. */
  readonly previous?: string | null | undefined;
}

/** What is under `<name>.partial` now. */
export interface MadeSnapshot {
  /** Absolute path that the snapshot will have once it is verified, without `.partial`. */
  readonly place: string;
  /** Regular files, linked ones included. */
  readonly files: number;
  readonly directories: number;
  readonly symlinks: number;
  /** The sum of the sizes of `files`. */
  readonly bytes: number;
  /** Unchanged files that are hard links into the previous snapshot. */
  readonly linkedFiles: number;
  /** Files that an interrupted copy of the snapshot had left, and that were found right. */
  readonly resumedFiles: number;
  /** Of `bytes`, what was really written. */
  readonly writtenBytes: number;
  /** Files that vanished or changed while they were copied, and things that cannot be copied, such as sockets. */
  readonly warnings: number;
}

/** What lay on one file system below one path of a source. */
export interface CountedPlace {
  /** The path that the source handed over; empty for what its plugin made. */
  readonly path: string;
  /** The topmost folder of the file system; null where it is not known. */
  readonly mountPoint: string | null;
  /** Such as `ext4`; null where it is not known. */
  readonly fileSystem: string | null;
  readonly files: number;
  readonly bytes: number;
  /** False if the folder has vanished, or was another one, when the copying ended. */
  readonly isThere: boolean;
}

/** What was copied of one source. */
export interface CountedSource {
  readonly source: string;
  readonly files: number;
  readonly bytes: number;
  /** Files that the first look found: more than `files` if some vanished meanwhile. */
  readonly scannedFiles: number;
  /** In the order in which they were met: of each path, the file system of the path itself first. */
  readonly places: readonly CountedPlace[];
}

/** What {@link FileEngine.makeSnapshot} has made of live folders. */
export interface MadeOfSources extends MadeSnapshot {
  /** In the order of the sources. */
  readonly sources: readonly CountedSource[];
  /** Those of `lookFor` that were met as folders. */
  readonly found: readonly string[];
}

export interface CheckedSnapshot {
  readonly place: string;
  readonly files: number;
  readonly bytes: number;
  readonly manifestSha256: string;
}

export interface VerifySnapshot extends SnapshotAddress, Watching {
  /** Of its manifest, where that is known: another one is refused. */
  readonly manifestSha256?: string | undefined;
}

export interface RestoreSnapshot extends SnapshotAddress, Watching {
  /** Absolute path of an absent or empty folder. What was under `files/` comes to be directly in it. */
  readonly to: string;
  /** Paths below `files/`, each a file or a folder with all that it holds; without them, everything. */
  readonly paths?: readonly string[] | undefined;
  /** Of its manifest, where that is known: another one is refused. */
  readonly manifestSha256?: string | undefined;
}

/** `snapshot.json`. */
export type SnapshotInfo = SnapshotInfo1 | SnapshotInfo2;

export interface SnapshotInfo1 extends SnapshotFacts {
  readonly version: 1;
}

export interface SnapshotInfo2 extends SnapshotFacts {
  readonly version: 2;
  readonly origin: JobOrigin & { readonly runId: string };
  readonly signature: SnapshotSignature;
}

/** Ed25519, both in base64url; the text that is signed is in `docs/snapshot-format.md`. */
export interface SnapshotSignature {
  /** The public key, SPKI, DER. */
  readonly key: string;
  readonly value: string;
}

interface SnapshotFacts {
  readonly format: 'wardround-snapshot';
  readonly job: string;
  readonly name: string;
  readonly server: string;
  readonly runId: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly files: number;
  readonly directories: number;
  readonly symlinks: number;
  readonly bytes: number;
  /** Of `manifest.jsonl`, in hex. */
  readonly manifestSha256: string;
  readonly keeps: Keeps;
}

/**
 * What the place's file system, and the rights of anyone who wrote, allow to keep on the copied files themselves. The
 * manifest has all of it in any case, and a restore takes it from there.
 */
export interface Keeps {
  readonly modes: boolean;
  readonly times: boolean;
  readonly owners: boolean;
  readonly symlinks: boolean;
}

export interface FolderState {
  /** Bytes that this process may still write there. */
  readonly freeBytes: number;
}

/** Every way in which the engine fails on purpose. `ENOSPC` and `EDQUOT` are Node's own codes. */
export const fileEngineErrorCodes = [
  'ENOSPC',
  'EDQUOT',
  /** Something of the source could not be read. */
  'unreadable',
  /** The place cannot be written. */
  'unwritable',
  /** What is there is not what the manifest says. */
  'not-verified',
  'not-found',
  /**
   * A part of a path is a link, or belongs to someone else, so that what is meant could be exchanged: nothing was
   * followed.
   */
  'unsafe',
  /** A folder that was to be restored or removed is not a snapshot of the job, or its manifest is broken or hostile. */
  'not-a-snapshot',
  /** A snapshot of that name is already there, or two things would be stored under one path. */
  'exists',
  /** The folder of the job is not marked as its owner's: another disk than last time, or someone else's folder. */
  'not-the-place',
  /** A snapshot that is not the one that its owner made: altered, exchanged, or of someone else. */
  'foreign',
  /** A restore into a folder that holds something. */
  'not-empty',
  /** A name or path that is not a name or path. */
  'bad-argument',
  'cancelled',
  /** Nothing moved for so long that a disk or share cannot be there any more. What was running there was given up. */
  'stalled',
] as const;
export type FileEngineErrorCode = (typeof fileEngineErrorCodes)[number];

/** The message is for people: what failed, where, and with ENOSPC how much was needed and how much is free. */
export class FileEngineError extends Error {
  override readonly name = 'FileEngineError';

  constructor(
    readonly code: FileEngineErrorCode,
    message: string,
    /** The file or folder it is about; empty if none. */
    readonly place: string = '',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The functions of `plugins/sdk/index.ts` that do this. */
export interface FileEngine {
  /**
   * Copies live trees to `<name>.partial`, each file read once. First removes what killed runs of the job have left there.
   *
   * A file that vanishes meanwhile is omitted with a warning; one that changes is kept as it was read, with a warning;
   * sockets, FIFOs and devices are omitted with a warning. What cannot be read is an error notice; the copying
   * continues, so that all such files are named (100 at most), and fails in the end.
   * @throws FileEngineError `unreadable`, `unwritable`, `ENOSPC`, `EDQUOT`, `exists`, `bad-argument`, `cancelled`.
   * Nothing stays behind then; only a kill leaves a `.partial` folder, which the next run removes.
   */
  makeSnapshot(options: MakeSnapshot): Promise<MadeOfSources>;

  /** The same from a whole snapshot made before, to a further place. `unreadable` also if it is not as its manifest says. */
  copySnapshot(options: CopySnapshot): Promise<MadeSnapshot>;

  /**
   * Puts `<name>.partial` on disk, reads everything back, compares it with the manifest, gives it its final name and puts
   * that on disk too. A snapshot that has its name already is only compared.
   * @throws FileEngineError `not-verified` (with the first differences; each is an error notice too), `not-found`,
   * `not-a-snapshot`, `cancelled`.
   */
  verifySnapshot(options: VerifySnapshot): Promise<CheckedSnapshot>;

  /**
   * Writes a snapshot's files to `to` and compares each, as it is written, with the manifest. Modes, times, links and empty
   * folders are restored, owners when running as root. A damaged file is omitted with an error notice; all others are
   * restored before it fails.
   * @throws FileEngineError `not-verified`, `not-found`, `not-a-snapshot`, `not-empty`, `unwritable`, `ENOSPC`, `cancelled`.
   */
  restoreSnapshot(options: RestoreSnapshot): Promise<{ readonly files: number; readonly bytes: number }>;

  /** The names of the whole snapshots, oldest first; none if there is no such folder. Of an owner, only his; a notice names others. */
  listSnapshots(place: SnapshotPlace & Watching): Promise<readonly string[]>;

  /** The same with what they say of themselves; their names are their ids. */
  describeSnapshots(place: SnapshotPlace & Watching): Promise<readonly ListedSnapshot[]>;

  /** What `snapshot.json` says. @throws FileEngineError `not-found`, `not-a-snapshot`. */
  readSnapshotInfo(address: SnapshotAddress): Promise<SnapshotInfo>;

  /**
   * Removes one whole snapshot; a kill in the middle leaves only a `.partial`.
   * @throws FileEngineError `not-found`; `not-a-snapshot` for anything that is not a snapshot of this job.
   */
  removeSnapshot(address: SnapshotAddress & Watching): Promise<void>;

  /** Removes what killed runs of the job have left. @returns the names of what was removed. */
  sweepPartials(place: SnapshotPlace & Watching): Promise<readonly string[]>;

  /**
   * Makes a new folder for the time of a run, for its owner only: `<root>/<job>/.scratch/<name>`. It is never part of a snapshot.
   * @param name as strict as a job's.
   * @returns its absolute path. @throws FileEngineError `unwritable`, `unsafe`, `ENOSPC`, `EDQUOT`, `bad-argument`.
   */
  makeScratch(place: SnapshotPlace & Watching & { readonly name: string }): Promise<string>;

  /** Removes all that `makeScratch` made, by this run or by one that was killed. @throws FileEngineError `unwritable`, `unsafe`. */
  removeScratch(place: SnapshotPlace & Watching): Promise<void>;

  /** The name for a snapshot begun at `now` (ms since 1970): its second, or the next that no snapshot of the place has. */
  newSnapshotName(place: SnapshotPlace & { readonly now: number }): Promise<string>;

  /**
   * Finds the owner's folder of a job, and marks it where there is none yet: `<root>/<job>`, or one beside it if that
   * is someone else's. Where the owner knows of snapshots there, or of none but finds a folder that was marked, no
   * folder is made.
   * @throws FileEngineError `not-the-place` if the owner has snapshots there, and nothing there is his; `unwritable`, `unsafe`.
   */
  checkPlace(place: SnapshotPlace & { readonly owner: PlaceOwner }): Promise<{ readonly folder: string }>;

  /**
   * Makes the folder if need be, really writes, syncs and removes a file in it, and asks for the free space.
   * @throws FileEngineError `unwritable`, `ENOSPC`, `EDQUOT`.
   */
  checkFolder(folder: string): Promise<FolderState>;

  /**
   * A quick look at how much there is to copy.
   * @returns null if `timeLimitMs` was not enough to see everything. @throws FileEngineError `unreadable`.
   */
  measureTrees(
    trees: readonly SourceTree[],
    options?: { readonly timeLimitMs?: number },
  ): Promise<{ readonly files: number; readonly bytes: number } | null>;
}

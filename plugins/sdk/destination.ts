import type { z } from 'zod';
import type { PluginBase, PluginContext } from './context.js';

/** Whose snapshots they are. Computers may share the names of sites, servers and jobs; installations have keys of their own. */
export interface JobOrigin {
  /** The first 22 characters of the base64url SHA-256 of its public key. */
  readonly installation: string;
  readonly site: string;
  readonly server: string;
  readonly job: string;
}

/** A snapshot of the job that the event log says was verified, and does not say was removed. */
export interface KnownSnapshot {
  readonly name: string;
  /** As `store` gave it, of any of the job's destinations. */
  readonly place: string;
  readonly manifestSha256: string;
}

/**
 * Who asks for what is done at a destination. A destination that several computers can reach keeps their snapshots apart by
 * the `origin`; one that can be another than last time (a drive, a mounted share) tells by `known` whether it was used before,
 * and refuses in `check` where nothing there is the owner's, unless a person has said that it is new.
 */
export interface PlaceOwner {
  readonly origin: JobOrigin;
  /** Where the job runs, for people. */
  readonly computer: string;
  /** The destination's name in the job, for people. */
  readonly destination: string;
  readonly known: readonly KnownSnapshot[];
  /** A person has said that it is to be used from now on, though it is not the one of last time. Only `check` gets it. */
  readonly newPlace: boolean;
}

/** What every operation of a destination takes. Wardround always gives the owner; tests of a plugin need not. */
export interface DestinationInput {
  readonly owner?: PlaceOwner | undefined;
}

/** A finished local snapshot that is to be stored elsewhere too. Layout: `docs/snapshot-format.md`. */
export interface LocalSnapshot {
  readonly job: string;
  /** Its time: `2026-11-22T02-00-00Z`. */
  readonly name: string;
  /** Absolute path of the snapshot's folder. */
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
  /** As it was verified: what is stored must have the same. */
  readonly manifestSha256?: string | undefined;
}

/** A snapshot with its manifest, which may have a million lines: read it with {@link readManifest}, line by line. */
export interface SnapshotToStore extends LocalSnapshot {
  /** Absolute path of its `manifest.jsonl`. */
  readonly manifest: string;
}

export interface StoredSnapshot {
  /** Where it lies, for people: a folder, an address. */
  readonly place: string;
  readonly files: number;
  readonly bytes: number;
  /** Unchanged files shared with an earlier snapshot; 0 where the destination knows no such thing. */
  readonly linkedFiles: number;
}

/** What `store` of contract 2 gives back. */
export interface StoredAs extends StoredSnapshot {
  /** What the destination calls it: its name, where that is possible. `verify`, `remove` and `restore` take it. */
  readonly id: string;
  /** Files that an interrupted `store` had left there and that were not copied again. */
  readonly resumedFiles: number;
}

export interface VerifiedSnapshot {
  readonly files: number;
  readonly bytes: number;
  readonly manifestSha256: string;
}

/** A whole snapshot at a destination. What the destination does not know is null. */
export interface ListedSnapshot {
  readonly id: string;
  /** Milliseconds since 1970: the second that its name states. */
  readonly takenAt: number;
  /** Whose it is; null: it does not say, and so it is one of the owner's by its place alone. */
  readonly origin: JobOrigin | null;
  readonly files: number | null;
  readonly bytes: number | null;
  readonly manifestSha256: string | null;
  /** When it was last read back and found right; milliseconds since 1970. */
  readonly verifiedAt: number | null;
}

/** What became of one of the snapshots that were to be removed. */
export interface RemovedSnapshot {
  readonly id: string;
  /** Null: it is gone. Otherwise why it is still there, for people. */
  readonly error: string | null;
}

type Call<Schema extends z.ZodType> = PluginContext<z.output<Schema>> & DestinationInput;

/**
 * A place that keeps snapshots, by contract 2. The pipeline knows no destination by name: what one can and cannot do it says
 * here. Calls that move data have no time limit: they end when nothing has moved for `stallMs`.
 */
export interface DestinationPlugin<Schema extends z.ZodType = z.ZodType> extends PluginBase<'destination', Schema> {
  readonly contract: 2;
  /**
   * Set for a device that only one call may use at a time, such as a tape drive: calls of all jobs then wait for each other.
   * The names of the parameters that tell one device from another; `true` where there is only one.
   */
  readonly exclusive?: true | readonly string[] | undefined;
  /** Whether `store` continues where an interrupted one of the same snapshot had stopped. */
  readonly resumes: boolean;

  /**
   * Throws, with a reason for people, if nothing can be stored there, or it is not the place of last time. Quick; run before
   * anything is copied. What has to be made once, such as a folder, is made here: `store` makes nothing but snapshots.
   */
  check(context: Call<Schema>): Promise<{ readonly place: string; readonly freeBytes: number | null }>;
  /** The whole snapshots of a job, oldest first; only those of the owner. */
  list(context: Call<Schema> & { readonly job: string }): Promise<{ readonly snapshots: readonly ListedSnapshot[] }>;
  /** Stores the snapshot. It is not listed until it is whole and verified: see `verify`. */
  store(context: Call<Schema> & { readonly snapshot: SnapshotToStore }): Promise<StoredAs>;
  /**
   * Reads back what `store` wrote, compares it with the manifest, and only then makes it a whole snapshot. One that is whole
   * already is compared again.
   */
  verify(
    context: Call<Schema> & {
      readonly job: string;
      /** Its id. */
      readonly snapshot: string;
      /** Of its manifest. Another one is refused. */
      readonly manifestSha256?: string | undefined;
      /** What it was made from, right after `store`; null for one that was stored by an earlier run. */
      readonly local: SnapshotToStore | null;
    },
  ): Promise<VerifiedSnapshot>;
  /**
   * Removes snapshots, and what killed runs of the job have left; nothing but the owner's. One that cannot be removed keeps
   * none of the others. One that is not there is gone.
   */
  remove(
    context: Call<Schema> & { readonly job: string; /** Their ids. */ readonly snapshots: readonly string[] },
  ): Promise<{ readonly snapshots: readonly RemovedSnapshot[] }>;
  /** Restores a snapshot, or some of its paths, into `to`, an empty or absent folder, and compares what it wrote with the manifest. */
  restore(
    context: Call<Schema> & {
      readonly job: string;
      /** Its id; its name where the destination does not list it. */
      readonly snapshot: string;
      readonly to: string;
      /** Paths of the manifest, each a file or a folder with all that it holds; without them, everything. */
      readonly paths?: readonly string[] | undefined;
      /** Of its manifest, as it was verified. Another one is refused. */
      readonly manifestSha256?: string | undefined;
    },
  ): Promise<{ readonly files: number; readonly bytes: number }>;
}

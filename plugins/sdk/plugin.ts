import type { z } from 'zod';

/**
 * What an author of a plugin works with. A plugin is a folder with a `plugin.ts` whose default export is
 * `definePlugin({ … })`. It runs in a process of its own: with a time limit, a memory limit and a cap on its output.
 * Whatever it throws is reported with its text; it need not catch what it cannot mend.
 */
export interface PluginContext<Parameters> {
  /** The plugin's settings, checked against its schema, with references such as `${env:NAME}` resolved. */
  readonly parameters: Parameters;
  /** Milliseconds since 1970, at the start of the call. */
  readonly now: number;
  /** Fires when the call is cancelled or its time is up; shortly afterwards the process is killed. */
  readonly signal: AbortSignal;
  /** A line for the protocol. `place` is the file, folder or address it speaks of. */
  log(text: string, about?: { readonly level?: 'info' | 'warning' | 'error'; readonly place?: string }): void;
  /** How far a long call has come. Call it as often as you like; it is thinned out. */
  progress(done: Progress): void;
  /** Runs a program without a shell. @throws if it cannot be started, is killed, or `allowFailure` is not set and it exits other than 0. */
  exec(file: string, args?: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

export interface Progress {
  readonly files: number;
  readonly bytes: number;
  /** 0 while not known. */
  readonly totalFiles: number;
  readonly totalBytes: number;
}

export interface ExecOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  /** Resolve instead of throwing when it exits with something other than 0. */
  readonly allowFailure?: boolean;
}

export interface ExecResult {
  readonly exitCode: number;
  /** Each cut at 1 MiB. */
  readonly stdout: string;
  readonly stderr: string;
}

interface PluginBase<Kind extends string, Schema extends z.ZodType> {
  readonly kind: Kind;
  /**
   * Lower-case letters, digits, hyphens; unique among the plugins of its kind. Its folder is called the same, or
   * `<name>-<kind>` where another kind has a plugin of that name too.
   */
  readonly name: string;
  /** One sentence for people who choose a plugin. */
  readonly summary: string;
  readonly parameters: Schema;
}

// ── check-ups ────────────────────────────────────────────────────────────────────────────────────────────────────────

export type CheckupStatus = 'ok' | 'warning' | 'critical' | 'unknown';

export interface Metric {
  readonly name: string;
  readonly value: number;
  /** `%`, `B`, `s`, `ms`, `d`, `c`, or empty for a plain number. */
  readonly unit: string;
  /** Nagios ranges: `15:` warns below 15, `90` above 90. */
  readonly warn?: string;
  readonly critical?: string;
  readonly min?: number;
  readonly max?: number;
}

export interface CheckupResult {
  readonly status: CheckupStatus;
  /** One line for people. */
  readonly summary: string;
  readonly details?: string;
  readonly metrics?: readonly Metric[];
}

export interface CheckupPlugin<Schema extends z.ZodType = z.ZodType> extends PluginBase<'checkup', Schema> {
  run(context: PluginContext<z.output<Schema>>): Promise<CheckupResult>;
}

// ── sources ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A folder or file that a source hands over to be copied. */
export interface SourceTree {
  /** Absolute path of a folder, a file or a symbolic link. */
  readonly path: string;
  /** Where it stands within the source's folder of the snapshot, with `/`, e.g. `srv/records`. Empty: at its top. */
  readonly as: string;
  /** False: only what stands directly in the folder, no sub-directories. */
  readonly recursive: boolean;
  /** Glob patterns against the path relative to `path`, with `/`; `*`, `**`, `?`. A pattern without `/` matches names anywhere. */
  readonly exclude: readonly string[];
  /** True: the plugin made it in `scratch`, so it may be moved instead of copied, and it cannot change meanwhile. */
  readonly owned: boolean;
}

export interface SourcePlugin<Schema extends z.ZodType = z.ZodType> extends PluginBase<'source', Schema> {
  /** Throws, with a reason for people, if the source cannot be read. Quick; run before anything is copied. */
  check(context: PluginContext<z.output<Schema>>): Promise<{ readonly estimatedBytes: number | null }>;
  /** Makes ready what is to be copied, such as a consistent copy of a database in `scratch`. */
  prepare(
    context: PluginContext<z.output<Schema>> & {
      /** An empty folder on the disk of the local copy; removed after the run. */
      readonly scratch: string;
    },
  ): Promise<{ readonly trees: readonly SourceTree[] }>;
}

// ── destinations ─────────────────────────────────────────────────────────────────────────────────────────────────────

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

export interface StoredSnapshot {
  /** Where it lies, for people: a folder, an address. */
  readonly place: string;
  readonly files: number;
  readonly bytes: number;
  /** Unchanged files shared with an earlier snapshot; 0 where the destination knows no such thing. */
  readonly linkedFiles: number;
}

export interface VerifiedSnapshot {
  readonly files: number;
  readonly bytes: number;
  readonly manifestSha256: string;
}

export interface DestinationPlugin<Schema extends z.ZodType = z.ZodType> extends PluginBase<'destination', Schema> {
  /**
   * Throws, with a reason for people, if nothing can be stored there, or it is not the place of last time. Quick; run before
   * anything is copied. What has to be made once, such as a folder, is made here: `store` makes nothing but snapshots.
   */
  check(
    context: PluginContext<z.output<Schema>> & DestinationInput,
  ): Promise<{ readonly place: string; readonly freeBytes: number | null }>;
  /** Stores the snapshot under its name. Nothing stands under that name until it is whole and verified: see `verify`. */
  store(
    context: PluginContext<z.output<Schema>> & DestinationInput & { readonly snapshot: LocalSnapshot },
  ): Promise<StoredSnapshot>;
  /** Reads back what `store` wrote, compares it with the manifest, and only then gives it its final name. */
  verify(
    context: PluginContext<z.output<Schema>> & DestinationInput & { readonly snapshot: LocalSnapshot },
  ): Promise<VerifiedSnapshot>;
  /** The names of the whole snapshots of a job, oldest first; only those of the owner. */
  list(
    context: PluginContext<z.output<Schema>> & DestinationInput & { readonly job: string },
  ): Promise<{ readonly snapshots: readonly string[] }>;
  /** Removes one snapshot, and what killed runs of the job have left; nothing but the owner's. */
  remove(
    context: PluginContext<z.output<Schema>> & DestinationInput & { readonly job: string; readonly snapshot: string },
  ): Promise<void>;
  /** Restores a snapshot into `to`, an empty or absent folder, and compares what it wrote with the manifest. */
  restore(
    context: PluginContext<z.output<Schema>> &
      DestinationInput & {
        readonly job: string;
        readonly snapshot: string;
        readonly to: string;
        /** Of its manifest, as it was verified. Another one is refused. */
        readonly manifestSha256?: string | undefined;
      },
  ): Promise<{ readonly files: number; readonly bytes: number }>;
}

// ── channels ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface OutgoingMessage {
  /** Stays the same over all attempts, so that a receiver can tell a repeat. */
  readonly id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface ChannelPlugin<Schema extends z.ZodType = z.ZodType> extends PluginBase<'channel', Schema> {
  /** @throws PermanentFailure where trying again is of no use; anything else is tried again. */
  send(
    context: PluginContext<z.output<Schema>> & { readonly message: OutgoingMessage },
  ): Promise<{ readonly receipt: string }>;
}

export type Plugin<Schema extends z.ZodType = z.ZodType> =
  CheckupPlugin<Schema> | SourcePlugin<Schema> | DestinationPlugin<Schema> | ChannelPlugin<Schema>;

export type PluginKind = Plugin['kind'];

/** Says what a plugin is; gives it back unchanged, with its types inferred. */
export function definePlugin<Schema extends z.ZodType>(plugin: CheckupPlugin<Schema>): CheckupPlugin<Schema>;
export function definePlugin<Schema extends z.ZodType>(plugin: SourcePlugin<Schema>): SourcePlugin<Schema>;
export function definePlugin<Schema extends z.ZodType>(plugin: DestinationPlugin<Schema>): DestinationPlugin<Schema>;
export function definePlugin<Schema extends z.ZodType>(plugin: ChannelPlugin<Schema>): ChannelPlugin<Schema>;
export function definePlugin<Schema extends z.ZodType>(plugin: Plugin<Schema>): Plugin<Schema> {
  return plugin;
}

/** Thrown by a plugin: trying again will not help, e.g. an address that the mail server refuses. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';
}

/** Thrown by a plugin: it may work later, e.g. a server that is busy. */
export class RetryableFailure extends Error {
  override readonly name = 'RetryableFailure';
}

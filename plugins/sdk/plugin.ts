import type { z } from 'zod';
import type { PluginBase, PluginContext } from './context.js';
import type { DestinationPlugin } from './destination.js';
import type { DestinationPlugin1 } from './destination-1.js';

export type * from './context.js';
export type * from './destination.js';
export type { DestinationPlugin1 } from './destination-1.js';

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

/**
 * The whole address of the check-up or backup job that a call is for: two sites may each have a server `reception` with a job
 * `nightly`. What a plugin keeps or names for one of them belongs under all three. Wardround always gives it; tests of a plugin
 * need not.
 */
export interface ForAddress {
  readonly address?: { readonly site: string; readonly server: string; readonly name: string } | undefined;
}

export interface CheckupPlugin<Schema extends z.ZodType = z.ZodType> extends PluginBase<'checkup', Schema> {
  run(context: PluginContext<z.output<Schema>> & ForAddress): Promise<CheckupResult>;
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
  check(context: PluginContext<z.output<Schema>> & ForAddress): Promise<{ readonly estimatedBytes: number | null }>;
  /** Makes ready what is to be copied, such as a consistent copy of a database in `scratch`. */
  prepare(
    context: PluginContext<z.output<Schema>> &
      ForAddress & {
        /** An empty folder on the disk of the local copy; removed after the run. */
        readonly scratch: string;
      },
  ): Promise<{ readonly trees: readonly SourceTree[] }>;
}

// ── channels ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface OutgoingMessage {
  /** Stays the same over all attempts, so that a receiver can tell a repeat. */
  readonly id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** What it tells of, oldest first: each a kind such as `run` or `alarm`, and its whole address. */
  readonly about?: readonly { readonly kind: string; readonly ref: Readonly<Record<string, string>> }[] | undefined;
}

export interface ChannelPlugin<Schema extends z.ZodType = z.ZodType> extends PluginBase<'channel', Schema> {
  /** @throws PermanentFailure where trying again is of no use; anything else is tried again. */
  send(
    context: PluginContext<z.output<Schema>> & { readonly message: OutgoingMessage },
  ): Promise<{ readonly receipt: string }>;
}

export type Plugin<Schema extends z.ZodType = z.ZodType> =
  | CheckupPlugin<Schema>
  | SourcePlugin<Schema>
  | DestinationPlugin<Schema>
  | DestinationPlugin1<Schema>
  | ChannelPlugin<Schema>;

export type PluginKind = Plugin['kind'];

/** Says what a plugin is; gives it back unchanged, with its types inferred. */
export function definePlugin<Schema extends z.ZodType>(plugin: CheckupPlugin<Schema>): CheckupPlugin<Schema>;
export function definePlugin<Schema extends z.ZodType>(plugin: SourcePlugin<Schema>): SourcePlugin<Schema>;
export function definePlugin<Schema extends z.ZodType>(plugin: DestinationPlugin<Schema>): DestinationPlugin<Schema>;
export function definePlugin<Schema extends z.ZodType>(plugin: DestinationPlugin1<Schema>): DestinationPlugin1<Schema>;
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

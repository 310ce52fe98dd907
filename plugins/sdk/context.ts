import type { z } from 'zod';

/**
 * What an author of a plugin works with. A plugin is a folder with a `plugin.ts` whose default export is
 * `definePlugin({ … })`. It runs in its own process: with a time limit, a memory limit and a cap on its output.
 * Whatever it throws is reported with its text; it need not catch what it cannot fix.
 */
export interface PluginContext<Parameters> {
  /** The plugin's settings, checked against its schema, with references such as `${env:NAME}` resolved. */
  readonly parameters: Parameters;
  /** Milliseconds since 1970, at the start of the call. */
  readonly now: number;
  /** After so long without a sign of progress the call is stopped; null where only its time limit counts. */
  readonly stallMs: number | null;
  /** Fires when the call is cancelled or its time is up; shortly afterwards the process is killed. */
  readonly signal: AbortSignal;
  /** A line for the protocol. `place` is the file, folder or address it speaks of. */
  log(text: string, about?: { readonly level?: 'info' | 'warning' | 'error'; readonly place?: string }): void;
  /**
   * How far a long call has come. Call it as often as you like; it is thinned out. The same numbers again are not
   * progress. Without an argument: something moved that cannot be counted, such as a tape that winds. Say it when you
   * have seen it move, never by a timer, or a device that hangs is waited for without end.
   */
  progress(done?: Progress): void;
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

/** What plugins of all kinds say of themselves. */
export interface PluginBase<Kind extends string, Schema extends z.ZodType> {
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

import type {
  CheckupPlugin,
  ChannelPlugin,
  DestinationPlugin,
  PluginContext,
  PluginKind,
  Progress,
  SourcePlugin,
} from '../../plugins/sdk/index.js';
import type { DestinationCapabilities } from './protocol.js';

interface KindMap {
  checkup: CheckupPlugin;
  source: SourcePlugin;
  destination: DestinationPlugin;
  channel: ChannelPlugin;
}

/** The operations of a kind of plugin: `run` of a check-up, `prepare` of a source, … */
export type Operation<Kind extends PluginKind> = {
  [Name in keyof KindMap[Kind]]: KindMap[Kind][Name] extends (context: never) => Promise<unknown> ? Name : never;
}[keyof KindMap[Kind]] &
  string;

type OperationFunction<Kind extends PluginKind, Name extends Operation<Kind>> = KindMap[Kind][Name] extends (
  context: infer Context,
) => Promise<infer Result>
  ? { context: Context; result: Result }
  : never;

/** What an operation takes besides the context that every plugin gets. */
export type OperationInput<Kind extends PluginKind, Name extends Operation<Kind>> = Omit<
  OperationFunction<Kind, Name>['context'],
  keyof PluginContext<unknown>
>;
export type OperationResult<Kind extends PluginKind, Name extends Operation<Kind>> = OperationFunction<
  Kind,
  Name
>['result'];

export interface PluginLine {
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly place: string;
}

export interface PluginCall<Kind extends PluginKind, Name extends Operation<Kind>> {
  readonly kind: Kind;
  readonly plugin: string;
  readonly operation: Name;
  /** As the definition states them: checked against the plugin's schema, references resolved, by the host. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly input: OperationInput<Kind, Name>;
  /** What it is done for, for people whose calls wait for this one: `the job nightly`. */
  readonly purpose?: string;
  /**
   * Counts from the start of the work; the time that the call waits for a place or a device comes before. Null: it may take as
   * long as it moves.
   */
  readonly timeoutMs: number | null;
  /**
   * The call is ended once it has, for so long, said nothing, come no further, and read and written nothing. Without it: a
   * quarter of an hour for sources and destinations, forever for the others.
   */
  readonly stallMs?: number;
  readonly signal?: AbortSignal;
  /** Its work begins: it has a place. */
  onStart?(): void;
  onLine?(line: PluginLine): void;
  onProgress?(progress: Progress): void;
}

export interface PluginDescription {
  readonly kind: PluginKind;
  readonly name: string;
  readonly summary: string;
  /** Of its parameters. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
  /** Null for what is not a destination. */
  readonly destination: DestinationCapabilities | null;
}

/** A folder of a plugin that cannot be used. */
export interface PluginProblem {
  /** Within the folder of all plugins, with slashes: `checkups/disk-space`. */
  readonly folder: string;
  /** A sentence about what is wrong with it. */
  readonly message: string;
}

/** Finds, validates, isolates and runs plugins. */
export interface PluginHost {
  /** Every plugin that was found, by kind and name. */
  plugins(): readonly PluginDescription[];

  /** The folders that hold no usable plugin, each with what is wrong. */
  problems(): readonly PluginProblem[];

  /**
   * The faults of a definition's parameters, each with its path; empty if they are right. An unknown plugin is a fault. A
   * process is asked, since plugins are never loaded into this one.
   */
  faultsOf(
    kind: PluginKind,
    plugin: string,
    parameters: unknown,
  ): Promise<readonly { path: readonly (string | number)[]; message: string }[]>;

  /**
   * Runs one operation in a process that runs nothing else meanwhile.
   * @throws WardroundError `plugin-unknown`, `plugin-invalid` (parameters), `plugin-timed-out` (its time is up, it stalled, or
   * an earlier call of the same is stuck in the kernel, where it cannot be killed), `plugin-out-of-memory`,
   * `plugin-crashed`, `cancelled`, `overloaded` (no place came free for it in time), `no-space` (it met ENOSPC or EDQUOT), or `plugin-failed` with the text of what it threw;
   * the cause of `plugin-failed` is a PermanentFailure or RetryableFailure where the plugin threw one.
   */
  call<Kind extends PluginKind, Name extends Operation<Kind>>(
    call: PluginCall<Kind, Name>,
  ): Promise<OperationResult<Kind, Name>>;

  /** Kills what still runs, and waits for its end; about three seconds for what cannot be killed. */
  close(): Promise<void>;
}

/** The injection token. */
export const PLUGIN_HOST = Symbol('PluginHost');

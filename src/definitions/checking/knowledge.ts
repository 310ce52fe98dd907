import type { PluginKind } from '../../../plugins/sdk/plugin.js';
import type { Address, ServerAddress } from '../../shared/address.js';
import type { Path } from './problem.js';

export interface KnownPlugin {
  readonly kind: PluginKind;
  readonly name: string;
  /** Of its parameters. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
}

/** What the check of a file must be told by others. */
export interface Knowledge {
  readonly plugins: readonly KnownPlugin[];
  /** Of a known plugin; empty if the parameters are right. */
  parameterFaults(kind: PluginKind, plugin: string, parameters: unknown): readonly { path: Path; message: string }[];
  /** Why a cron line cannot be followed, e.g. `"61 2 * * *" is not a cron line: …`; null if it can. */
  cronFault(line: string, timeZone: string | undefined): string | null;
  /** Where a folder's path leads: two paths that lead to one place give the same text. */
  placeOf(path: string): string;
}

/** What a kind of definition is checked against. */
export interface CheckContext {
  readonly knowledge: Knowledge;
  /** The names that the file states of another kind, as far as they can be understood. */
  namesOf(kind: string): readonly string[];
  /** The servers that the file states, in its order. */
  readonly servers: readonly ServerAddress[];
  /** The whole addresses of what the file states of another kind that belongs to servers. */
  addressesOf(kind: string): readonly Address[];
}

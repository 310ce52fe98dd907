import type { ManagedDefinition } from '../definitions/definition.js';
import type { FileIdentity } from '../definitions/own-file.js';

/** What is defined in the whole installation, whichever process defined it. */
export interface DefinedNow {
  /** In the order in which it was defined, once the views show all that is in the log. */
  definitions(): Promise<readonly ManagedDefinition[]>;
  /** What the configuration file of this process is recognised by. */
  fileIdentity(): Promise<FileIdentity>;
  /** From now on the file is applied as this one: others have it too. */
  rememberFile(id: string): Promise<void>;
  /** Runs the work while no other process of the installation changes definitions. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}

/** The injection token. */
export const DEFINED_NOW = Symbol('DefinedNow');

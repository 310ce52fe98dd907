import type { Definition } from '../definitions/definition.js';

/** What is defined in the whole installation, whichever process defined it. */
export interface DefinedNow {
  /** In the order in which it was defined, once the views show all that is in the log. */
  definitions(): Promise<readonly Definition[]>;
  /** Runs the work while no other process of the installation changes definitions. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}

/** The injection token. */
export const DEFINED_NOW = Symbol('DefinedNow');

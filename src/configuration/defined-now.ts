import type { Definition } from './desired.js';

/** Gives what is defined now, in the order in which it was defined, once the views show all that is in the log. */
export type DefinedNow = () => Promise<readonly Definition[]>;

/** The injection token. */
export const DEFINED_NOW = Symbol('DefinedNow');

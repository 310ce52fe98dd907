import type { KeyObject } from 'node:crypto';

/**
 * Who made a snapshot or a mark at a destination: each data folder has its own key pair. Computers, servers and jobs
 * may share their names with others; this they do not.
 */
export interface Installation {
  /** The first 22 characters of the base64url SHA-256 of the public key (SPKI, DER): `[A-Za-z0-9_-]{22}`. */
  readonly id: string;
  /** Ed25519, SPKI, DER, in base64url: what a signature is checked with. */
  readonly publicKey: string;
  /** Whether the key was made at this start: a data folder that is new, older than such keys, or restored without its key. */
  readonly isNew: boolean;
  readonly privateKey: KeyObject;
}

/** The injection token. */
export const INSTALLATION = Symbol('Installation');

import type { JobOrigin, KnownSnapshot, PlaceOwner, Signer } from '../../plugins/sdk/index.js';

/** Whose the snapshots of a job are, and by what they are known. */
export interface Ownership {
  readonly origin: JobOrigin;
  readonly signer: Signer;
  /** Where the job runs, for people. */
  readonly computer: string;
  /** At all of its destinations, by the event log. */
  readonly known: readonly KnownSnapshot[];
}

/** What a destination is given, so that it keeps apart what is ours, and is recognised itself. */
export function ownerAt({ origin, computer, known }: Ownership, destination: string, newPlace = false): PlaceOwner {
  return { origin, computer, destination, known, newPlace };
}

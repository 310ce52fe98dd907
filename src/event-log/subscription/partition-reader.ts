import type { WardroundError } from '../../shared/errors.js';
import type { Recorded } from '../envelope.js';

/** One partition of a log, or what it holds of one partition key, as a subscription sees it. */
export interface PartitionReader {
  readonly partition: number;
  /** The offset of the newest event; 0 if there is none. */
  head(): number | Promise<number>;
  /**
   * Some of the events of these types behind `after` and up to `upTo`, at most `limit`, in order. Everything up to
   * `passedTo` was looked at: more than `after`, unless the next event cannot be read, or is not there yet.
   */
  look(types: readonly string[] | undefined, after: number, upTo: number, limit: number): Look | Promise<Look>;
}

export interface Look {
  readonly recorded: readonly Recorded[];
  readonly passedTo: number;
  /** Why the event after `passedTo` cannot be read; null if nothing was wrong. */
  readonly fault: WardroundError | null;
}

import type { CheckpointMove } from '../event-log.js';
import type { PartitionReader } from './partition-reader.js';

const liveBatch = 500;
/** Who is so many events behind gets larger batches: a view writes each touched row once a batch. */
const farBehindBatch = 5_000;

/** How far a loop has come in what one reader gives. */
export interface Place {
  readonly reader: PartitionReader;
  /** Whose checkpoint this is. */
  readonly checkpoint: string;
  /** The checkpoint as stored; null until loaded. */
  stored: number | null;
  /** Everything up to here is handled or was passed over: `stored`, or ahead of it by what was passed over since. */
  position: number;
  /** Up to this offset, events are handled one by one. */
  singlyUpTo: number;
}

export function placeIn(reader: PartitionReader, checkpoint: string): Place {
  return { reader, checkpoint, stored: null, position: 0, singlyUpTo: 0 };
}

/** The step from where a place's checkpoint stands as stored. */
export function move({ checkpoint, reader, stored }: Place, to: number): CheckpointMove {
  return { subscription: checkpoint, partition: reader.partition, from: stored ?? 0, to };
}

/** How many events its next batch may hold. */
export function batchLimit({ position, singlyUpTo }: Place, head: number): number {
  if (position < singlyUpTo) return 1;
  return head - position > farBehindBatch ? farBehindBatch : liveBatch;
}

/** Whether each place has come as far as its offset. */
export function hasReached(offsets: ReadonlyMap<Place, number>): boolean {
  return [...offsets].every(([{ stored, position }, offset]) => stored !== null && position >= offset);
}

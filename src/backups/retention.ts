import type { Instant } from '../shared/instant.js';

export interface Kept {
  /** Snapshots younger than this stay. */
  readonly days: number;
  /** So many of the newest stay whatever their age. */
  readonly atLeast: number;
}

export interface AgedSnapshot {
  readonly name: string;
  readonly takenAt: Instant;
}

const dayMs = 86_400_000;

/** The snapshots that are no longer to be kept, oldest first. The newest is never among them. */
export function outlived<Snapshot extends AgedSnapshot>(
  snapshots: readonly Snapshot[],
  keep: Kept,
  now: Instant,
): readonly Snapshot[] {
  const newestFirst = [...snapshots].sort((a, b) => b.takenAt - a.takenAt);
  const older = newestFirst.slice(Math.max(1, keep.atLeast));
  return older.filter(({ takenAt }) => now - takenAt > keep.days * dayMs).reverse();
}

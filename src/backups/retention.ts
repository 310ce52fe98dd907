import type { Instant } from '../shared/instant.js';
import { livedAges } from './lived-time.js';

export interface Kept {
  /** Snapshots younger than this are kept. */
  readonly days: number;
  /** So many of the newest good ones stay whatever their age. */
  readonly atLeast: number;
}

export interface AgedSnapshot {
  readonly name: string;
  readonly takenAt: Instant;
  /** Of a run that was suspicious, and that no one has accepted: it stands in for no good one. */
  readonly doubtful?: boolean;
}

export const dayMs = 86_400_000;

/**
 * The snapshots that are no longer to be kept, oldest first. The newest good one is never among them, and none that is dated
 * in the future: the clock was wrong then, or is now.
 * @param usualMs between two snapshots at most so much counts as time that has passed: see `usualGap`
 */
export function outlived<Snapshot extends AgedSnapshot>(
  snapshots: readonly Snapshot[],
  keep: Kept,
  now: Instant,
  usualMs: number,
): readonly Snapshot[] {
  const ages = livedAges(
    snapshots.map(({ takenAt }) => takenAt),
    now,
    usualMs,
  );
  const past = snapshots
    .flatMap((snapshot, index) => {
      const age = ages[index];
      return age === undefined || age === null ? [] : [{ snapshot, age }];
    })
    .sort((a, b) => b.snapshot.takenAt - a.snapshot.takenAt);
  const good = past.filter(({ snapshot }) => snapshot.doubtful !== true);
  const spared = new Set(good.slice(0, Math.max(1, keep.atLeast)).map(({ snapshot }) => snapshot));
  // Without a good one, whatever there is may be the best there is.
  if (spared.size === 0) return [];
  return past
    .filter(({ snapshot, age }) => age > keep.days * dayMs && !spared.has(snapshot))
    .map(({ snapshot }) => snapshot)
    .reverse();
}

/** Whether a place has enough free space for a copy: decided before anything is written. */
export type FreeSpaceVerdict =
  | { readonly space: 'enough'; readonly because: 'size-unknown' | 'fits' }
  | { readonly space: 'too-little'; readonly neededBytes: number; readonly freeBytes: number };

/**
 * Judges the free space of a place. What an earlier snapshot at the same place already holds may be shared with it, so only
 * what goes beyond that is sure to be needed.
 */
export function judgeFreeSpace(sizes: {
  readonly estimatedBytes: number | null;
  readonly freeBytes: number | null;
  /** Of the newest snapshot at the place; 0 if there is none. */
  readonly previousBytes: number;
}): FreeSpaceVerdict {
  const { estimatedBytes, freeBytes, previousBytes } = sizes;
  if (estimatedBytes === null || freeBytes === null) return { space: 'enough', because: 'size-unknown' };
  const neededBytes = Math.max(0, estimatedBytes - previousBytes);
  return neededBytes > freeBytes
    ? { space: 'too-little', neededBytes, freeBytes }
    : { space: 'enough', because: 'fits' };
}

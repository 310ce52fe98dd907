/** Whether a copy has room: decided before anything is written. */
export type RoomVerdict =
  | { readonly room: 'enough'; readonly because: 'size-unknown' | 'fits' }
  | { readonly room: 'too-little'; readonly neededBytes: number; readonly freeBytes: number };

/**
 * Judges the free space of a place. What an earlier snapshot at the same place already holds may be shared with it, so only
 * what goes beyond that is sure to be needed.
 */
export function judgeRoom(sizes: {
  readonly estimatedBytes: number | null;
  readonly freeBytes: number | null;
  /** Of the newest snapshot at the place; 0 if there is none. */
  readonly previousBytes: number;
}): RoomVerdict {
  const { estimatedBytes, freeBytes, previousBytes } = sizes;
  if (estimatedBytes === null || freeBytes === null) return { room: 'enough', because: 'size-unknown' };
  const neededBytes = Math.max(0, estimatedBytes - previousBytes);
  return neededBytes > freeBytes ? { room: 'too-little', neededBytes, freeBytes } : { room: 'enough', because: 'fits' };
}

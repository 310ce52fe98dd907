import type { Recorded } from '../envelope.js';
import type { Look } from '../subscription/partition-reader.js';

const mostEvents = 4_000;
const mostBytes = 4_000_000;

/**
 * The newest events of a partition, so that those who follow it live need not ask the database for each. Without a gap: every
 * event of the partition behind `from`, up to `to`, is here.
 */
export class RecentEvents {
  private recorded: Recorded[] = [];
  private sizes: number[] = [];
  private bytes = 0;
  private to: number;

  constructor(private from: number) {
    this.to = from;
  }

  /**
   * Adds the events behind the newest, up to an offset.
   * @param sizes about how many bytes each takes
   */
  add(recorded: readonly Recorded[], sizes: readonly number[], to: number): void {
    this.recorded.push(...recorded);
    this.sizes.push(...sizes);
    this.bytes += sizes.reduce((sum, size) => sum + size, 0);
    this.to = to;
    // Not at each event: half of them go at once.
    if (this.recorded.length > mostEvents || this.bytes > mostBytes) this.forgetHalf();
  }

  /** Holds nothing any more; what comes next is behind this offset. */
  reset(at: number): void {
    this.recorded = [];
    this.sizes = [];
    this.bytes = 0;
    this.from = at;
    this.to = at;
  }

  /** As a partition's reader looks; null if something of what is asked for is not here. */
  look(types: readonly string[] | undefined, after: number, upTo: number, limit: number): Look | null {
    if (after < this.from || upTo > this.to) return null;
    const found: Recorded[] = [];
    for (let at = this.firstBehind(after); at < this.recorded.length; at++) {
      const one = this.recorded[at];
      if (!one || one.position.offset > upTo) break;
      if (types && !types.includes(one.event.type)) continue;
      found.push(one);
      if (found.length === limit) return { recorded: found, passedTo: one.position.offset, fault: null };
    }
    return { recorded: found, passedTo: upTo, fault: null };
  }

  private firstBehind(offset: number): number {
    let [low, high] = [0, this.recorded.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.recorded[middle]?.position.offset ?? 0) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private forgetHalf(): void {
    let kept = this.recorded.length;
    let bytes = 0;
    while (kept > 0 && this.recorded.length - kept < mostEvents / 2) {
      const size = this.sizes[kept - 1] ?? 0;
      if (bytes + size > mostBytes / 2) break;
      bytes += size;
      kept--;
    }
    this.from = this.recorded[kept - 1]?.position.offset ?? this.from;
    this.recorded = this.recorded.slice(kept);
    this.sizes = this.sizes.slice(kept);
    this.bytes = bytes;
  }
}

import { sleep } from '../../shared/sleep.adapter.js';

/** How long a departure waits for more, in milliseconds: `most` in all, and no longer once no one came for `quiet`. */
export interface DepartureTimes {
  readonly most: number;
  readonly quiet: number;
}

/**
 * When the batches of busy partitions leave: all in one turn of the event loop, when they have waited for long enough, or when
 * no one comes any more, since all who could come wait already.
 */
export class CommonDeparture {
  private coming: Promise<void> | null = null;
  private arrivals = 0;

  constructor(private readonly times: DepartureTimes) {}

  /** Someone has come, for whichever partition. */
  arrived(): void {
    this.arrivals++;
  }

  /** Resolves when the batches of all who wait for it are to leave. */
  next(): Promise<void> {
    this.coming ??= this.come();
    return this.coming;
  }

  private async come(): Promise<void> {
    const { most, quiet } = this.times;
    const latest = performance.now() + most;
    for (let left = most; left > 0; left = latest - performance.now()) {
      const before = this.arrivals;
      await sleep(Math.min(quiet, left));
      if (this.arrivals === before) break;
    }
    this.coming = null;
  }
}

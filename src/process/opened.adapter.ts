import { Logger } from '@nestjs/common';
import { doneWithin } from '../shared/time-limit.adapter.js';

/** Who stops Wardround waits ten seconds at most: what has not ended by then is left as it is. */
const closeWithinMs = 7_000;
const mostOfOneMs = 6_000;
const shortestCloseMs = 100;

/** What has been opened, to be closed in the reverse order, once. */
export class Opened {
  private closers: (() => Promise<void>)[] = [];
  private hasBeenLate = false;

  add(close: () => Promise<void>): void {
    this.closers.unshift(close);
  }

  /** Goes on where one cannot be closed, so that the data folder is given back whatever happens. @throws the first failure */
  async close(): Promise<void> {
    const closers = this.closers;
    this.closers = [];
    const failures: unknown[] = [];
    const until = performance.now() + closeWithinMs;
    for (const close of closers) {
      const failing = close().catch((error: unknown) => failures.push(error));
      // What waits for a full disk or a dead share must not keep the others from closing, nor the process from ending.
      const leftMs = Math.max(shortestCloseMs, Math.min(mostOfOneMs, until - performance.now()));
      if (!(await doneWithin(leftMs, failing))) this.tellOfLate();
    }
    if (failures.length > 0) throw failures[0];
  }

  private tellOfLate(): void {
    if (this.hasBeenLate) return;
    this.hasBeenLate = true;
    new Logger('Wardround').error('A part of Wardround did not end in time and is left as it is');
  }
}

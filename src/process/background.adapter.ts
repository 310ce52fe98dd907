import { Logger } from '@nestjs/common';
import { describeError } from '../shared/errors.js';
import { doneWithin } from '../shared/time-limit.adapter.js';

const startPatienceMs = 15_000;

/** What a start need not wait for to its end. */
export class Background {
  private readonly closing = new AbortController();
  private work: Promise<void> = Promise.resolve();

  /**
   * Resolves when the work is done, or continues for longer than a start may take.
   * @param late what to say then
   * @throws what the work throws until then
   */
  async begin(work: (closing: AbortSignal) => Promise<void>, late: string): Promise<void> {
    this.work = work(this.closing.signal);
    if (await doneWithin(startPatienceMs, this.work)) return;
    new Logger('Wardround').warn(late);
    this.work.catch((error: unknown) => new Logger('Wardround').error(describeError(error)));
  }

  async ended(): Promise<void> {
    this.closing.abort();
    await Promise.allSettled([this.work]); // an error of it has been told, or is of this very end
  }
}

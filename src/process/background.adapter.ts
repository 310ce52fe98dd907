import { Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { describeError } from '../shared/errors.js';

const startPatienceMs = 15_000;

/** What a start need not wait for to its end. */
export class Background {
  private readonly closing = new AbortController();
  private work: Promise<void> = Promise.resolve();

  /**
   * Resolves when the work is done, or goes on for longer than a start may take.
   * @param late what to say then
   * @throws what the work throws until then
   */
  async begin(work: (closing: AbortSignal) => Promise<void>, late: string): Promise<void> {
    this.work = work(this.closing.signal);
    const inTime = new AbortController();
    const patience = pause(startPatienceMs, 'late' as const, { signal: inTime.signal });
    patience.catch(() => undefined); // cut short where the work is done
    const outcome = await Promise.race([this.work, patience]).finally(() => inTime.abort());
    if (outcome !== 'late') return;
    new Logger('Wardround').warn(late);
    this.work.catch((error: unknown) => new Logger('Wardround').error(describeError(error)));
  }

  async ended(): Promise<void> {
    this.closing.abort();
    await this.work.catch(() => undefined); // it has been told, or is cut short by this very end
  }
}

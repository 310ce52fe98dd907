import { Logger } from '@nestjs/common';
import type { Checkpoint, CheckpointMove } from '../event-log/event-log.js';
import { describeError } from '../shared/errors.js';

const pollMs = 500;

/**
 * Notices what other processes fold, by checkpoints that moved though this process did not move them. Where processes share
 * a database, no one else would tell.
 */
export class OthersFolds {
  private readonly logger = new Logger('Views');
  /** Per partition where this process put the checkpoint, or is about to, since it was last looked at. */
  private readonly own = new Map<number, Set<number>>();
  private seen: Checkpoint | null = null;
  private moved = false;
  private failing = false;
  private looking: Promise<void> = Promise.resolve();
  private busy = false;
  private readonly timer: NodeJS.Timeout;

  /** @param load the checkpoints as they stand */
  constructor(
    private readonly load: () => Promise<Checkpoint>,
    private readonly tell: () => void,
  ) {
    this.timer = setInterval(() => this.poll(), pollMs).unref();
    this.poll();
  }

  /** Say so before: the move may be seen before anyone who asked for it hears that it was made. */
  moving(moves: readonly CheckpointMove[]): void {
    for (const { partition, from, to } of moves) {
      const own = this.own.get(partition) ?? new Set();
      // Someone had the partition before, and moved on after we last looked.
      if (this.seen && !own.has(from) && (this.seen.get(partition) ?? 0) !== from) this.moved = true;
      this.own.set(partition, own.add(to));
    }
  }

  /** Nothing moved, or no one knows: then it counts as someone else's. */
  notMoved(moves: readonly CheckpointMove[]): void {
    for (const { partition, from, to } of moves) if (from !== to) this.own.get(partition)?.delete(to);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  private poll(): void {
    if (this.busy) return;
    this.busy = true;
    this.looking = this.look().finally(() => (this.busy = false));
  }

  private async look(): Promise<void> {
    try {
      this.compare(await this.load());
      this.failing = false;
    } catch (error) {
      if (!this.failing)
        this.logger.warn(`changes by other processes are not visible at the moment: ${describeError(error)}`);
      this.failing = true;
    }
    if (!this.moved) return;
    this.moved = false;
    this.tell();
  }

  private compare(now: Checkpoint): void {
    const before = this.seen;
    for (const [partition, offset] of now) {
      const own = this.own.get(partition);
      const isNew = before !== null && (before.get(partition) ?? 0) !== offset;
      if (isNew && !own?.has(offset)) this.moved = true;
      for (const passed of own ?? []) if (passed < offset) own?.delete(passed);
    }
    this.seen = now;
  }
}

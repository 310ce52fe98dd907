import { Logger } from '@nestjs/common';

const everyMs = 60_000;

/** Counts what was turned away, and says it in the log: at once, and then once a minute while it continues. */
export class TurnedAway {
  private readonly logger = new Logger('Http');
  private readonly counts = new Map<string, number>();
  private timer: NodeJS.Timeout | null = null;

  /** @param what for people, in the plural: `connections beyond 256` */
  note(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    if (this.timer) return;
    this.say();
    this.timer = setInterval(() => this.say(), everyMs);
    this.timer.unref();
  }

  private say(): void {
    if (this.counts.size === 0) {
      if (this.timer) clearInterval(this.timer);
      this.timer = null;
      return;
    }
    const said = [...this.counts].map(([what, count]) => `${count} ${what}`).join('; ');
    this.logger.warn(`Turned away: ${said}`);
    this.counts.clear();
  }
}

import { performance } from 'node:perf_hooks';
import { groupUsage, type Usage } from './process-group.adapter.js';

export interface ActivityWatchOptions {
  /** The process group that is watched. */
  readonly group: number;
  readonly lookEveryMs: number;
  /** For how long there has been no sign. */
  onLook(quietMs: number): void;
}

/** A process that does nothing but wait has timers, and reads how much memory it holds: less than this in one look. */
const idleBytes = 64 * 1024;
const idleTicks = 10;

/**
 * Tells a call that waits from one that works: it works if it says something, comes further, reads, writes or computes. A
 * dump may say nothing for an hour; a share that hangs lets nothing happen at all.
 */
export class ActivityWatch {
  private readonly timer: NodeJS.Timeout;
  private lastSign = performance.now();
  private lastUsage: Usage | null = null;
  private measuring = false;

  constructor(private readonly options: ActivityWatchOptions) {
    this.timer = setInterval(() => {
      void this.measure();
      options.onLook(performance.now() - this.lastSign);
    }, options.lookEveryMs);
  }

  /** It said something, or came further. */
  sign(): void {
    this.lastSign = performance.now();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async measure(): Promise<void> {
    if (this.measuring) return;
    this.measuring = true;
    const usage = await groupUsage(this.options.group);
    this.measuring = false;
    if (usage && this.lastUsage && differs(usage, this.lastUsage)) this.sign();
    this.lastUsage = usage;
  }
}

/** Also where less is used than before: a program has ended, and the call continues. */
function differs(one: Usage, other: Usage): boolean {
  return Math.abs(one.bytes - other.bytes) > idleBytes || Math.abs(one.ticks - other.ticks) > idleTicks;
}

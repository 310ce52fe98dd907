import { sourceQuota } from '../http/request-limits.js';

/** What a source states in one request. */
export interface Stated {
  readonly events: number;
  readonly bytes: number;
}

/** How much fits into a source's store, and how fast it fills. */
export type QuotaLimits = Readonly<Record<keyof typeof sourceQuota, number>>;

interface Account extends Stated {
  /** When it was last counted, in milliseconds of a steady clock. */
  readonly at: number;
}

/**
 * How much each source may state: a store that fills with time and that what is stated is taken from. So a probe catches up
 * after an outage, and none fills the disk.
 */
export class SourceQuota {
  private readonly accounts = new Map<string, Account>();

  constructor(private readonly quota: QuotaLimits = sourceQuota) {}

  /**
   * Takes what is stated from the store of its source, or nothing.
   * @param now milliseconds of a steady clock
   * @returns 0 if it was taken, else the seconds after which there will be enough
   */
  take(source: string, stated: Stated, now: number): number {
    const has = this.account(source, now);
    const events = has.events - stated.events;
    const bytes = has.bytes - stated.bytes;
    if (events >= 0 && bytes >= 0) {
      this.accounts.set(source, { events, bytes, at: now });
      return 0;
    }
    const { eventsPerSecond, bytesPerSecond } = this.quota;
    return Math.max(1, Math.ceil(Math.max(-events / eventsPerSecond, -bytes / bytesPerSecond)));
  }

  /** What was taken for something that was not stored. */
  giveBack(source: string, stated: Stated, now: number): void {
    const { events, bytes } = this.account(source, now);
    const { quota } = this;
    this.accounts.set(source, {
      ...{ events: Math.min(quota.events, events + stated.events), bytes: Math.min(quota.bytes, bytes + stated.bytes) },
      at: now,
    });
  }

  private account(source: string, now: number): Stated {
    const { quota } = this;
    const known = this.accounts.get(source);
    if (!known) return { events: quota.events, bytes: quota.bytes };
    const seconds = Math.max(0, now - known.at) / 1000;
    return {
      events: Math.min(quota.events, known.events + seconds * quota.eventsPerSecond),
      bytes: Math.min(quota.bytes, known.bytes + seconds * quota.bytesPerSecond),
    };
  }
}

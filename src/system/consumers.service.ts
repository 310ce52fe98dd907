import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { EVENT_LOG, type EventLog, type SubscriptionStatus } from '../event-log/event-log.js';
import { describeError } from '../shared/errors.js';
import { CLOCK, type Clock, type Instant } from '../shared/instant.js';
import { DecidersService } from '../folding/deciders.service.js';
import { ViewsService } from '../folding/views.service.js';
import { consumerOf, withSample, type Consumer, type Sample } from './consumer.js';
import { withTimeLimit } from '../shared/time-limit.adapter.js';

const sampleEveryMs = 5_000;
const patienceMs = 1_000;

interface Watched {
  readonly samples: readonly [Sample, ...Sample[]];
  readonly failingSince: Instant | null;
}

/** Watches how those who go through the log get on: looks every few seconds, and remembers the last minute. */
@Injectable()
export class Consumers implements OnModuleInit, OnModuleDestroy {
  private readonly watched = new Map<string, Watched>();
  private readonly listeners = new Set<() => void>();
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> | null = null;
  private told = '';

  constructor(
    @Inject(EVENT_LOG) private readonly log: Pick<EventLog, 'intake' | 'partitions'>,
    @Inject(ViewsService) private readonly views: Pick<ViewsService, 'status'>,
    @Inject(DecidersService) private readonly deciders: Pick<DecidersService, 'statuses'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.look(), sampleEveryMs);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    if (this.timer) clearInterval(this.timer);
    this.listeners.clear();
  }

  /** How they get on now. Answers within a good second, whatever hangs. */
  async list(): Promise<readonly Consumer[]> {
    await this.look();
    return this.current();
  }

  /** The partitions of the log that they go through in this process, in order. */
  partitions(): readonly number[] {
    return [...this.log.partitions()].sort((a, b) => a - b);
  }

  /** @param onChange called when what there is to show has changed @returns a function that ends the listening */
  listen(onChange: () => void): () => void {
    this.listeners.add(onChange);
    return () => this.listeners.delete(onChange);
  }

  private look(): Promise<void> {
    this.looking ??= this.sample().finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  private async sample(): Promise<void> {
    const [intake, views, deciders] = await Promise.all([
      this.ask(['intake'], async () => (this.log.intake ? [await this.log.intake()] : [])),
      this.ask(['views'], async () => [await this.views.status()]),
      this.ask(['rules', 'notifications'], () => this.deciders.statuses()),
    ]);
    const at = this.clock.now();
    for (const status of [...intake, ...views, ...deciders]) this.note({ at, status });
    this.tell();
  }

  /** What they say of themselves, or, where they cannot be asked, what they said last, with the reason. */
  private async ask(
    names: readonly string[],
    statuses: () => Promise<readonly SubscriptionStatus[]>,
  ): Promise<readonly SubscriptionStatus[]> {
    try {
      return await withTimeLimit(patienceMs, statuses());
    } catch (error) {
      const lastError = `its status cannot be read: ${describeError(error)}`;
      return names.flatMap((name) => {
        const last = this.watched.get(name)?.samples.at(-1)?.status;
        return last ? [{ ...last, lastError }] : [];
      });
    }
  }

  private note(sample: Sample): void {
    const { name, lastError } = sample.status;
    const known = this.watched.get(name);
    const [first = sample, ...others] = withSample(known?.samples ?? [], sample);
    const failingSince = lastError === null ? null : (known?.failingSince ?? sample.at);
    this.watched.set(name, { samples: [first, ...others], failingSince });
  }

  private current(): readonly Consumer[] {
    return [...this.watched.values()].map(({ samples, failingSince }) => consumerOf(samples, failingSince));
  }

  private tell(): void {
    const now = JSON.stringify(this.current().map(({ rate, ...shown }) => ({ ...shown, rate: Math.round(rate) })));
    if (now === this.told) return;
    this.told = now;
    for (const listener of this.listeners) listener();
  }
}

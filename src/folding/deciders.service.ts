import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { In, LessThanOrEqual, MoreThan } from 'typeorm';
import type { Recorded } from '../event-log/envelope.js';
import { EVENT_LOG, type EventLog, type Subscription, type SubscriptionStatus } from '../event-log/event-log.js';
import { describeError } from '../shared/errors.js';
import { toIso, type Clock, type Instant } from '../shared/instant.js';
import { isAhead } from '../shared/log-time.js';
import { LastingTrouble } from '../shared/lasting-trouble.js';
import { definitionsKey } from '../shared/names.js';
import { deciderStateTable, silenceTable } from '../store/bookkeeping.entity.js';
import { OutboxService } from './outbox.service.js';
import { ParkedLot } from './parked/parked-lot.adapter.js';
import type { AnyDecider } from './decider.js';
import { upsert } from '../store/upsert.adapter.js';
import { ViewStore, type ViewTransaction } from '../store/view-store.adapter.js';

const tickMs = 1000;

/** The injection token of the list of deciders. */
export const DECIDERS = Symbol('Deciders');

/** Hands events to those who decide on them, keeps them silent over what was decided before, and wakes them in time. */
@Injectable()
export class DecidersService {
  private readonly trouble = new LastingTrouble(new Logger('Deciders'));
  private readonly subscriptions = new Map<string, Subscription<ViewTransaction>>();
  /** What the clock said when the wakings of a decider's partition were last looked at; by both their names. */
  private readonly lookedAt = new Map<string, Instant>();
  private timer: NodeJS.Timeout | null = null;
  private ticking: Promise<void> | null = null;

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(ViewStore) private readonly store: ViewStore,
    @Inject(OutboxService) private readonly outbox: OutboxService,
    @Inject(DECIDERS) private readonly deciders: readonly AnyDecider<ViewTransaction>[],
    @Optional() @Inject(ParkedLot) private readonly parking: ParkedLot | null = null,
  ) {}

  /** Begins to decide on events; on times only after {@link startClock}. */
  async start(): Promise<void> {
    for (const decider of this.deciders) {
      const silentUntil = await this.silenceOf(decider);
      this.subscriptions.set(decider.name, this.follow(decider, silentUntil));
    }
    this.outbox.relay();
  }

  /** From now on, deciders are also told when a time has come that they wait for. */
  startClock(clock: Clock): void {
    this.timer = setInterval(() => {
      // One at a time: while the database is not available they would only gather.
      this.ticking ??= this.tick(clock.now()).finally(() => (this.ticking = null));
    }, tickMs);
  }

  /** Lets the times pass that a decider has waited for up to now: what it decides on them is dropped. Call it caught up. */
  async passOver(name: string, now: Instant): Promise<void> {
    const decider = this.deciders.find((candidate) => candidate.name === name);
    if (!decider) return;
    for (const partition of await this.partitionsWithDue(decider, now)) {
      await this.subscriptions.get(name)?.whenIdle(partition, async (tx) => {
        await decider.wake(now, tx, partition);
      });
    }
  }

  /** Resolves once all that was in the log has been decided on; what was decided may still be on its way to the log. */
  async caughtUp(): Promise<void> {
    await Promise.all([...this.subscriptions.values()].map((subscription) => subscription.caughtUp()));
  }

  statuses(): Promise<readonly SubscriptionStatus[]> {
    return Promise.all([...this.subscriptions.values()].map((subscription) => subscription.status()));
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.ticking;
    await Promise.all([...this.subscriptions.values()].map((subscription) => subscription.stop()));
    await this.outbox.stop();
  }

  private follow(
    decider: AnyDecider<ViewTransaction>,
    silentUntil: ReadonlyMap<number, number>,
  ): Subscription<ViewTransaction> {
    const isSilent = ({ position }: Recorded) => position.offset <= (silentUntil.get(position.partition) ?? 0);
    return this.log.subscribe<ViewTransaction>({
      name: decider.name,
      types: decider.types,
      everywhere: definitionsKey,
      ...(this.parking ? { parking: this.parking } : {}),
      checkpoints: {
        load: (name) => this.store.load(name),
        commit: async (moves, work) => {
          const committed = await this.store.commit(moves, work);
          if (committed) this.outbox.relay();
          return committed;
        },
      },
      handle: async (batch, tx, partition) => {
        const old = batch.filter(isSilent);
        if (old.length > 0) await decider.handle(old, tx, partition);
        const fresh = batch.slice(old.length);
        if (fresh.length > 0) await this.outbox.put(tx, partition, await decider.handle(fresh, tx, partition));
      },
    });
  }

  /**
   * A decider without a checkpoint has lost its state, or is new: what is in the log was decided on before, or is not
   * for it to decide any more. That line is drawn once and kept, so that a kill during the replay does not move it; of
   * processes that start at once, one draws it for all of them, and in all partitions.
   */
  private async silenceOf(decider: AnyDecider<ViewTransaction>): Promise<ReadonlyMap<number, number>> {
    const kept = await this.lineOf(decider);
    if (kept.size > 0 || (await this.store.load(decider.name)).size > 0) return kept;
    return this.store.exclusively(`silence of ${decider.name}`, async () => {
      const drawn = await this.lineOf(decider);
      if (drawn.size > 0) return drawn;
      const line = new Map([[0, 0], ...(await this.log.head())]);
      const rows = [...line].map(([partition, until]) => ({ decider: decider.name, partition, until }));
      await this.store.write((tx) => upsert(tx, silenceTable, rows));
      return line;
    });
  }

  private async lineOf(decider: AnyDecider<ViewTransaction>): Promise<ReadonlyMap<number, number>> {
    const rows = await this.store.read.find(silenceTable, { where: { decider: decider.name } });
    return new Map(rows.map(({ partition, until }) => [partition, until]));
  }

  private async tick(now: Instant): Promise<void> {
    const trouble = await this.wakeAll(now);
    if (trouble === null) this.trouble.over('Decisions that are due are made again');
    else {
      const { name, error } = trouble;
      this.trouble.met(`${name}: ${describeError(error)}`, this.store.troubleKind(error));
    }
    // Also what a process put in that was killed, or that has lost the partition, before it came to append it.
    this.outbox.relay();
  }

  /** One that fails does not hold up the others. */
  private async wakeAll(now: Instant): Promise<{ readonly name: string; readonly error: unknown } | null> {
    let trouble: { readonly name: string; readonly error: unknown } | null = null;
    for (const decider of this.deciders) {
      try {
        await this.wake(decider, now);
      } catch (error) {
        trouble ??= { name: decider.name, error };
      }
    }
    return trouble;
  }

  private async wake(decider: AnyDecider<ViewTransaction>, now: Instant): Promise<void> {
    await this.doubtWakings(decider, now);
    for (const partition of await this.partitionsWithDue(decider, now)) {
      // What is in the log unread may say that nothing is due after all: a backup that succeeded meanwhile.
      await this.subscriptions.get(decider.name)?.whenIdle(partition, async (tx) => {
        await this.outbox.put(tx, partition, await decider.wake(now, tx, partition));
      });
    }
  }

  /**
   * A state that is to wake later may have been written by a clock that ran ahead, and would then sleep for years. So at the
   * start, and where the clock was put back, all are woken, and say again when they want to be.
   */
  private async doubtWakings({ name }: AnyDecider<ViewTransaction>, now: Instant): Promise<void> {
    for (const partition of this.log.partitions()) {
      const key = `${name} ${partition}`;
      const before = this.lookedAt.get(key);
      const isKnown = before !== undefined && !isAhead(before, now);
      if (isKnown || (await this.wakeAllOf(name, partition, now))) this.lookedAt.set(key, now);
    }
  }

  /** @returns false if that has to wait */
  private async wakeAllOf(decider: string, partition: number, now: Instant): Promise<boolean> {
    const wakeAt = toIso(now);
    const work = async (tx: ViewTransaction) => {
      await tx.update(deciderStateTable, { decider, partition, wakeAt: MoreThan(wakeAt) }, { wakeAt });
    };
    return (await this.subscriptions.get(decider)?.whenIdle(partition, work)) ?? false;
  }

  private async partitionsWithDue({ name }: AnyDecider<ViewTransaction>, now: Instant): Promise<readonly number[]> {
    const own = [...this.log.partitions()];
    if (own.length === 0) return own;
    const due = await this.store.read
      .createQueryBuilder(deciderStateTable, 'row')
      .select('DISTINCT row.partition', 'partition')
      .where({ decider: name, partition: In(own), wakeAt: LessThanOrEqual(toIso(now)) })
      .getRawMany<{ partition: number }>();
    return due.map(({ partition }) => partition);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { WardroundError } from '../../shared/errors.js';
import type { PostgresArchiveReader } from '../archive/postgres-archive-reader.adapter.js';
import type { Checkpoint, Subscription, SubscriptionOptions, SubscriptionStatus } from '../event-log.js';
import type { PartitionReader } from '../subscription/partition-reader.js';
import { SubscriptionLoop } from '../subscription/subscription-loop.adapter.js';
import type { KeyReader } from './key-reader.adapter.js';
import type { PartitionIntake } from './partition-intake.adapter.js';

/** What a subscription asks the log that it is of. */
export interface SubscribedLog {
  readonly partitions: number;
  readonly archive: PostgresArchiveReader;
  /** Up to where each partition reaches now; resolves when the archive has all that. */
  archivedEnds(): Promise<Checkpoint>;
}

const pollMs = 50;

/** One subscription in those partitions that this process has: a loop in each, made and stopped with the ownership. */
export class KafkaSubscription<Tx> implements Subscription<Tx> {
  private readonly loops = new Map<number, SubscriptionLoop<Tx>>();
  private readonly intakes = new Map<number, PartitionIntake>();
  /** In partitions that have gone to others. */
  private handled = 0;
  private stopped = false;

  /** @param everywhere reads the key that the options name as such */
  constructor(
    private readonly log: SubscribedLog,
    private readonly options: SubscriptionOptions<Tx>,
    private readonly everywhere: KeyReader | null,
  ) {}

  gained(intake: PartitionIntake): void {
    if (this.stopped) return;
    const { partition } = intake;
    this.intakes.set(partition, intake);
    // Where the key is in this very partition, its events come with the others.
    const elsewhere = this.everywhere?.partition === partition ? null : this.everywhere;
    this.loops.set(partition, new SubscriptionLoop(ownReader(intake, this.log.archive), this.options, elsewhere));
  }

  async lost(partition: number): Promise<void> {
    const loop = this.loops.get(partition);
    this.loops.delete(partition);
    this.intakes.delete(partition);
    if (!loop) return;
    await loop.stop();
    this.handled += loop.handled;
  }

  /** @param partition where there is something new; without it, anywhere */
  wake(partition?: number): void {
    for (const [at, loop] of this.loops) if (partition === undefined || partition === at) loop.wake();
  }

  /**
   * In the partitions of other processes too: as far as can be told from the checkpoints in the database.
   */
  async caughtUp(): Promise<void> {
    if (this.stopped) throw this.stoppedError();
    const ends = await this.log.archivedEnds();
    const newestOfKey = (await this.everywhere?.refresh()) ?? 0;
    for (let partition = 0; partition < this.log.partitions; partition++) {
      await this.reaches(partition, ends.get(partition) ?? 0, newestOfKey);
    }
  }

  async status(): Promise<SubscriptionStatus> {
    const all = await Promise.all([...this.loops.values()].map((loop) => loop.status()));
    const onTheWay = [...this.intakes.values()].reduce((sum, { lag }) => sum + lag, 0);
    return {
      name: this.options.name,
      lag: all.reduce((sum, { lag }) => sum + lag, onTheWay),
      handled: all.reduce((sum, { handled }) => sum + handled, this.handled),
      parked: all.reduce((sum, { parked }) => sum + parked, 0),
      lastError: all.find(({ lastError }) => lastError !== null)?.lastError ?? null,
    };
  }

  async whenIdle(partition: number, work: (tx: Tx) => Promise<void>): Promise<boolean> {
    return (await this.loops.get(partition)?.whenIdle(partition, work)) ?? false;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    const loops = [...this.loops.values()];
    await Promise.all(loops.map((loop) => loop.stop()));
    this.loops.clear();
    this.intakes.clear();
  }

  /** Resolves when a partition's events up to `end`, and the key's up to `newestOfKey`, are handled, by whomever. */
  private async reaches(partition: number, end: number, newestOfKey: number): Promise<void> {
    for (;;) {
      const loop = this.loops.get(partition);
      if (loop) {
        try {
          return await loop.caughtUp();
        } catch (error) {
          // It was stopped, or the partition has gone to someone else: what is stored tells how far it came.
          if (!this.stopped && this.loops.get(partition) === loop) throw error;
        }
      }
      if (await this.isStoredUpTo(partition, end, newestOfKey)) return;
      if (this.stopped) throw this.stoppedError();
      await sleep(pollMs);
    }
  }

  /**
   * A checkpoint that is stored may be behind what is done, where only other types passed: then there is nothing to do.
   */
  private async isStoredUpTo(partition: number, end: number, newestOfKey: number): Promise<boolean> {
    const { name, types, checkpoints } = this.options;
    const chosen = types ? { types } : {};
    const stored = (await checkpoints.load(name)).get(partition) ?? 0;
    if (await this.log.archive.hasAny(chosen, partition, stored, end)) return false;
    const { everywhere } = this;
    if (!everywhere || everywhere.partition === partition) return true;
    const { partition: home, partitionkey } = everywhere;
    const storedOfKey = (await checkpoints.load(`${name}@${partition}`)).get(home) ?? 0;
    return !(await this.log.archive.hasAny({ ...chosen, partitionkey }, home, storedOfKey, newestOfKey));
  }

  private stoppedError(): WardroundError {
    return new WardroundError('cancelled', `the subscription "${this.options.name}" was stopped`);
  }
}

/** A partition that this process has: what it has just archived is at hand; the rest is in the database. */
function ownReader(intake: PartitionIntake, archive: PostgresArchiveReader): PartitionReader {
  return {
    partition: intake.partition,
    head: () => intake.head,
    look: (types, after, upTo, limit) =>
      intake.recent.look(types, after, upTo, limit) ??
      archive.look(types ? { types } : {}, intake.partition, after, upTo, limit),
  };
}

import { Logger } from '@nestjs/common';
import { WardroundError, describeError } from '../../shared/errors.js';
import { doneWithin } from '../../shared/time-limit.adapter.js';
import type { PostgresArchive } from '../archive/postgres-archive.adapter.js';
import type { Recorded } from '../envelope.js';
import type { SubscriptionStatus } from '../event-log.js';
import type { EventTypes } from '../event-types.js';
import type { KafkaSettings } from './kafka-connection.adapter.js';
import { KafkaConsumer, type ConsumerUse } from './kafka-consumer.adapter.js';
import type { Ends, KafkaEnds } from './kafka-ends.adapter.js';
import { PartitionIntake } from './partition-intake.adapter.js';
import type { KafkaMessage } from './intake-rules.js';

export interface IntakeParts {
  readonly kafka: KafkaSettings;
  readonly archive: PostgresArchive;
  readonly ends: KafkaEnds;
  readonly eventTypes: EventTypes;
  readonly sessionTimeoutMs: number;
}

/** Those who work for the partitions that this process has. */
export interface PartitionWork {
  /** From now on; until then, the previous owner may still be working on it, and is fenced by the database. */
  gained(intake: PartitionIntake): void;
  /** Resolves when nothing of it is in progress any more. */
  lost(partition: number): Promise<void>;
  archived(partition: number, recorded: readonly Recorded[]): void;
}

/** Who has lost a partition is waited for so long; afterwards the database refuses what it still does. */
const handoverPatienceMs = 5_000;

/** A consumer that hands over nothing for so long, though Kafka has more, is replaced. */
const stallMs = 10_000;

/** This process's share in taking the log over from Kafka: the partitions that the group gives it, each with its intake. */
export class KafkaIntake implements ConsumerUse {
  private readonly logger = new Logger('Kafka');
  private readonly consumer: KafkaConsumer;
  private readonly intakes = new Map<number, PartitionIntake>();
  /** What must be over before a partition is taken up again. */
  private readonly leaving = new Map<number, Promise<void>>();
  /** In partitions that have gone to others. */
  private handled = 0;
  private wanted: ReadonlySet<number> = new Set();
  private readonly stalls = new Map<number, { readonly offset: number; readonly since: number }>();

  constructor(
    private readonly parts: IntakeParts,
    private readonly work: PartitionWork,
  ) {
    this.consumer = new KafkaConsumer(parts.kafka, { sessionTimeoutMs: parts.sessionTimeoutMs }, this);
  }

  get owned(): readonly PartitionIntake[] {
    return [...this.intakes.values()];
  }

  /** Why this process is not in the group; null if it is, or has not tried yet. */
  get trouble(): string | null {
    return this.consumer.trouble;
  }

  /** @param unreadable how many records the archive has set aside */
  status(unreadable: number): SubscriptionStatus {
    const [failing] = this.owned.filter(({ trouble }) => trouble !== null);
    const setAside = `${unreadable} records of ${this.parts.kafka.topic} are not events: they are in the archive's table "unreadable"`;
    return {
      name: 'intake',
      lag: this.owned.reduce((sum, { lag }) => sum + lag, 0),
      handled: this.handled + this.owned.reduce((sum, { handled }) => sum + handled, 0),
      parked: 0,
      lastError: failing ? describeError(failing.trouble?.error) : (this.trouble ?? (unreadable > 0 ? setAside : null)),
    };
  }

  of(partition: number): PartitionIntake | undefined {
    return this.intakes.get(partition);
  }

  assigned(partitions: readonly number[]): void {
    this.wanted = new Set(partitions);
    for (const partition of this.intakes.keys()) if (!this.wanted.has(partition)) this.leave(partition);
    for (const partition of partitions) {
      const known = this.intakes.get(partition);
      if (known) known.rejoined();
      else void (this.leaving.get(partition) ?? Promise.resolve()).then(() => this.enter(partition));
    }
  }

  received(partition: number, messages: readonly KafkaMessage[], highWatermark: number): void {
    this.intakes.get(partition)?.take(messages, highWatermark);
  }

  /** Looks for a consumer that hands over nothing though there is something, and does not notice. */
  watch(ends: Ends | null, now: number): void {
    for (const intake of this.owned) {
      const high = ends?.get(intake.partition)?.high;
      if (high !== undefined && this.isStalled(intake, high, now)) {
        this.stalls.clear();
        this.consumer.replace(`it delivers no records of partition ${intake.partition}, although there are more`);
        return;
      }
    }
  }

  /** Leaves the group when all that was in progress is done. */
  async close(): Promise<void> {
    this.assigned([]);
    await Promise.all(this.leaving.values());
    await this.consumer.close();
  }

  private isStalled({ partition, awaited }: PartitionIntake, high: number, now: number): boolean {
    const before = this.stalls.get(partition);
    if (awaited === null || high <= awaited) this.stalls.delete(partition);
    else if (before?.offset !== awaited) this.stalls.set(partition, { offset: awaited, since: now });
    else return now - before.since > stallMs;
    return false;
  }

  private enter(partition: number): void {
    if (!this.wanted.has(partition) || this.intakes.has(partition)) return;
    const { archive, ends, eventTypes } = this.parts;
    const intake = new PartitionIntake(partition, {
      eventTypes,
      feed: this.consumer,
      checkpoint: async () => (await archive.checkpoints()).get(partition) ?? 0,
      store: (batch) => archive.store(batch),
      ends: async () => (await ends.ask()).get(partition) ?? this.noPartition(partition),
      onArchived: (recorded) => this.work.archived(partition, recorded),
    });
    this.intakes.set(partition, intake);
    this.work.gained(intake);
  }

  private leave(partition: number): void {
    const intake = this.intakes.get(partition);
    this.intakes.delete(partition);
    this.handled += intake?.handled ?? 0;
    this.stalls.delete(partition);
    const done = Promise.all([intake?.stop(), this.work.lost(partition)]);
    const left = doneWithin(handoverPatienceMs, done).then(
      (inTime) => {
        if (!inTime) this.logger.warn(`Work on partition ${partition} was not finished; the fence rejects it`);
      },
      (error: unknown) => this.logger.error(`Partition ${partition} was not released cleanly: ${String(error)}`),
    );
    this.leaving.set(partition, left);
  }

  private noPartition(partition: number): never {
    throw new WardroundError(
      'unreachable',
      `Kafka does not report partition ${partition} of ${this.parts.kafka.topic}`,
    );
  }
}

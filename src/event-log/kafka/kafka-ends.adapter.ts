import { Logger } from '@nestjs/common';
import type { Admin, Kafka } from 'kafkajs';
import { WardroundError, describeError } from '../../shared/errors.js';

/** What Kafka holds of a partition: offsets from `low` on, up to but not including `high`, as Kafka counts. */
export interface PartitionEnds {
  readonly low: number;
  readonly high: number;
}

export type Ends = ReadonlyMap<number, PartitionEnds>;

/**
 * Asks Kafka up to where its partitions reach. Whatever an append was acknowledged for before the question is below
 * `high`.
 */
export class KafkaEnds {
  private readonly logger = new Logger('Kafka');
  private admin: Admin | null = null;
  private asking: Promise<Ends> | null = null;
  private next: Promise<Ends> | null = null;
  private closed = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly topic: string,
    private readonly brokers: readonly string[],
  ) {}

  /**
   * Callers who come while Kafka is being asked share the next question: the answer to this one may not know of what they do.
   * @throws WardroundError `unreachable`, after some seconds
   */
  ask(): Promise<Ends> {
    if (!this.asking) return (this.asking = this.question());
    this.next ??= this.asking.then(
      () => this.nextQuestion(),
      () => this.nextQuestion(),
    );
    return this.next;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.disconnect();
  }

  private nextQuestion(): Promise<Ends> {
    this.next = null;
    return (this.asking = this.question());
  }

  private async question(): Promise<Ends> {
    try {
      // A leader that has moved shows as an error, and is found on new connections.
      return await this.attempt().catch(() => this.attempt());
    } catch (error) {
      throw this.unreachable(error);
    } finally {
      if (this.next === null) this.asking = null;
    }
  }

  private async attempt(): Promise<Ends> {
    try {
      const offsets = await (await this.connected()).fetchTopicOffsets(this.topic);
      return new Map(offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]));
    } catch (error) {
      await this.disconnect();
      throw error;
    }
  }

  private async connected(): Promise<Admin> {
    if (this.closed) throw new Error('the event log is closed');
    if (this.admin) return this.admin;
    const admin = this.kafka.admin();
    await admin.connect();
    this.admin = admin;
    return admin;
  }

  private async disconnect(): Promise<void> {
    const { admin } = this;
    this.admin = null;
    try {
      await admin?.disconnect();
    } catch (error) {
      // It is not used again, whatever becomes of its connections.
      this.logger.debug(`a connection for reading the end offsets did not close: ${describeError(error)}`);
    }
  }

  private unreachable(error: unknown): WardroundError {
    if (error instanceof WardroundError) return error;
    return new WardroundError(
      'unreachable',
      `Kafka does not return the end offsets of the topic ${this.topic}: tried ${this.brokers.join(', ')} ` +
        `(${describeError(error)})`,
      'Start the brokers; work continues when they are back',
      { cause: error },
    );
  }
}

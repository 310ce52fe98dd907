import { Logger } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { WardroundError } from '../../shared/errors.js';
import { doneWithin } from '../../shared/time-limit.adapter.js';
import { logClosed } from '../log-closed.js';
import { CommonDeparture } from './common-departure.adapter.js';
import { cutIntoPieces, framingBytes, largestPieceBytes, type Piece } from './kafka-batches.js';
import type { KafkaSettings } from './kafka-connection.adapter.js';
import { PartitionQueue } from './kafka-partition-queue.adapter.js';
import { PartitionProducer } from './kafka-producer.adapter.js';
import type { KafkaRecord } from './kafka-record.js';

export interface AppenderOptions {
  /** Time until an append that is not acknowledged fails. */
  readonly boundMs?: number;
  /** Above so much, what is not yet acknowledged counting, an append fails at once. */
  readonly maxWaitingBytes?: number;
  readonly maxWaitingRecords?: number;
}

const defaults = { boundMs: 15_000, maxWaitingBytes: 64 * 1024 * 1024, maxWaitingRecords: 100_000 };

const lookEveryMs = 100;

/** Of batches that many callers share: longer makes their appends longer, and all that follows cheaper. */
const departureMs = { most: 30, quiet: 2 };

/** Leaders move in less: what heals by itself is not worth a line. */
const troubleToTellMs = 3_000;

/** Writes records to the partitions of one topic, each partition by itself. */
export class KafkaAppender {
  private readonly logger = new Logger('Kafka');
  private readonly options: Required<AppenderOptions>;
  private readonly departure = new CommonDeparture(departureMs);
  private readonly queues = new Map<number, PartitionQueue>();
  private readonly timer: NodeJS.Timeout;
  private waitingBytes = 0;
  private waitingRecords = 0;
  private toldOfTrouble = false;
  private closing: Promise<void> | null = null;

  private constructor(
    private readonly kafka: Kafka,
    private readonly settings: KafkaSettings,
    options: AppenderOptions,
  ) {
    this.options = { ...defaults, ...options };
    this.timer = setInterval(() => this.look(), lookEveryMs);
    this.timer.unref();
  }

  /** Connects with the first append in each partition. Close it. */
  static open(kafka: Kafka, settings: KafkaSettings, options: AppenderOptions = {}): KafkaAppender {
    return new KafkaAppender(kafka, settings, options);
  }

  /**
   * Records of one partition are stored in the order of the calls; those of one call together (unless they are more than
   * 900 kB, or 2000) and all or none. A record may be stored more than once: then the first copies are in that order.
   * @returns the records' offsets as Kafka counts, from 0, in order, when all in-sync replicas have them
   * @throws WardroundError `event-invalid` (too large), `overloaded`, `unreachable`, `log-closed`: nothing was stored;
   * `outcome-unknown`: it may be stored, now or a little later; append it again
   */
  async append(partition: number, records: readonly KafkaRecord[]): Promise<readonly number[]> {
    if (this.closing) throw logClosed();
    if (records.length === 0) return [];
    const pieces = cutIntoPieces(records, sizesOf(records));
    this.take(pieces);
    return this.queueOf(partition).append(pieces, performance.now() + this.options.boundMs);
  }

  /** What keeps events from being stored, and has for some seconds; null if nothing does. */
  trouble(): string | null {
    const now = performance.now();
    const lasting = [...this.queues].flatMap(([partition, queue]) => {
      const blockage = queue.blockage();
      return blockage !== null && now - blockage.since >= troubleToTellMs ? [{ partition, why: blockage.why }] : [];
    });
    const [first] = lasting;
    if (!first) return null;
    const partitions = lasting.map(({ partition }) => partition).sort((a, b) => a - b);
    return `events cannot be stored in ${partitions.length} of ${this.settings.partitions} partitions (${partitions.join(', ')}): ${first.why}`;
  }

  /** Sends what was given before; what cannot be sent within the bound fails. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    const { boundMs } = this.options;
    const queues = [...this.queues.values()];
    await doneWithin(boundMs, Promise.all(queues.map((queue) => queue.idle())));
    clearInterval(this.timer);
    await Promise.all(queues.map((queue) => queue.abort(boundMs)));
  }

  private take(pieces: readonly Piece[]): void {
    const { maxWaitingBytes, maxWaitingRecords } = this.options;
    const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
    const records = pieces.reduce((sum, piece) => sum + piece.records.length, 0);
    // What is too much even for an empty queue is let in alone: it would never be.
    const isFull = this.waitingBytes + bytes > maxWaitingBytes || this.waitingRecords + records > maxWaitingRecords;
    if (isFull && this.waitingRecords > 0) {
      throw new WardroundError(
        'overloaded',
        `${this.waitingRecords} events of ${this.waitingBytes} bytes are already waiting to be stored: these were not accepted`,
        'Append them again in a few seconds',
      );
    }
    this.waitingBytes += bytes;
    this.waitingRecords += records;
  }

  private queueOf(partition: number): PartitionQueue {
    const known = this.queues.get(partition);
    if (known) return known;
    const producer = new PartitionProducer(this.kafka, this.settings.topic, partition);
    const queue = new PartitionQueue(partition, producer, this.departure, ({ bytes, records }) => {
      this.waitingBytes -= bytes;
      this.waitingRecords -= records.length;
    });
    this.queues.set(partition, queue);
    return queue;
  }

  private look(): void {
    const { boundMs } = this.options;
    const now = performance.now();
    for (const queue of this.queues.values()) queue.expire(now, boundMs);
    const trouble = this.trouble();
    if (trouble !== null && !this.toldOfTrouble) this.logger.warn(`${trouble}. Retrying`);
    if (trouble === null && this.toldOfTrouble) this.logger.log('events can be stored in all partitions again');
    this.toldOfTrouble = trouble !== null;
  }
}

/** @throws WardroundError `event-invalid` if a record is larger than Kafka is asked to take */
function sizesOf(records: readonly KafkaRecord[]): readonly number[] {
  return records.map(({ key, value }, at) => {
    const bytes = Buffer.byteLength(key) + Buffer.byteLength(value) + framingBytes;
    if (bytes <= largestPieceBytes) return bytes;
    throw new WardroundError(
      'event-invalid',
      `event ${at + 1} of ${records.length} has ${bytes} bytes, but the limit is ${largestPieceBytes}: none of them was stored`,
      'Split it into several events, or shorten it',
    );
  });
}

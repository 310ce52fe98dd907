import { Logger } from '@nestjs/common';
import { Partitioners, type Kafka, type Producer } from 'kafkajs';
import { describeError } from '../../shared/errors.js';
import { doneWithin, withTimeLimit } from '../../shared/time-limit.adapter.js';
import { protocolErrorOf, requestTimeoutMs } from './kafka-connection.adapter.js';
import type { KafkaRecord } from './kafka-record.js';

/** A broker that has not all copies by then says so, before the client stops to listen. */
const ackTimeoutMs = requestTimeoutMs - 1_000;

/** Longer than one try can take with all its own time limits; what takes longer hangs. */
const hangsAfterMs = 60_000;

/** The broker and the producer disagree about what came last: only a new producer gets on. */
const sequenceErrors = [
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'UNKNOWN_PRODUCER_ID',
];

/**
 * Sends to one partition, one batch at a time. It has its own kafkajs producer, with connections of its own: kafkajs
 * lets an idempotent producer send one request to a broker at a time, and waits for all requests to a broker that has left
 * the cluster, so that partitions which share a producer hold each other up (docs/decisions/0009).
 */
export class PartitionProducer {
  private readonly logger = new Logger('Kafka');
  private producer: Producer | null = null;
  private sending: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly topic: string,
    private readonly partition: number,
  ) {}

  /** Resolves when it can send: after this, not before, something may have reached a broker. */
  async ready(): Promise<void> {
    if (this.producer) return;
    const producer = this.kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner, // goes by the partition that a record names
      // A second try with what the first found out. Who calls tries on, and can be stopped.
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 1 },
    });
    try {
      await unlessItHangs(producer.connect(), 'connecting');
    } catch (error) {
      void disconnected(producer);
      throw error;
    }
    this.producer = producer;
    if (this.closed) void this.discard();
  }

  /**
   * Tries to send a batch. If it throws, some or all may be stored or yet arrive, and the same batch, nothing else, is to be
   * sent until this resolves: brokers drop it then if they have it.
   * @returns the offset of the first record; the others follow it without a gap
   */
  async send(records: readonly KafkaRecord[]): Promise<number> {
    await this.ready();
    const { producer, partition, topic } = this;
    if (!producer) throw new Error('the producer was closed');
    const sending = producer.send({
      ...{ topic, acks: -1, timeout: ackTimeoutMs },
      messages: records.map(({ key, value, headers }) => ({ key, value, headers, partition })),
    });
    this.sending = sending;
    try {
      const answers = await unlessItHangs(sending, 'sending');
      const answer = answers.find((each) => each.partition === partition);
      // kafkajs also resolves if the cluster's description lacks the partition, without having sent anything.
      if (!answer) throw new Error('no broker is known for the partition');
      const offset = Number(answer.baseOffset ?? -1);
      if (offset < 0) throw new UnknownOffset('the broker did not say where it stored the records');
      return offset;
    } catch (error) {
      const isForgotten = sequenceErrors.includes(protocolErrorOf(error) ?? '');
      if (isForgotten) this.tellForgotten(error);
      // The batch is sent again by a new producer. Should a copy of it yet arrive, it is a repeat.
      if (isForgotten || error instanceof Hangs || error instanceof UnknownOffset) void this.discard();
      throw error;
    }
  }

  /** Resolves soon, even if a send is under way. */
  async close(): Promise<void> {
    this.closed = true;
    await doneWithin(1_000, this.discard());
  }

  private tellForgotten(error: unknown): void {
    this.logger.error(
      `${this.topic}, partition ${this.partition}: Kafka has no record of the last write of this process ` +
        `(${describeError(error)}). If brokers lost their disks, acknowledged events may be missing there`,
    );
  }

  /** A producer that still tries to send connects again; but it does not try forever. */
  private async discard(): Promise<void> {
    const { producer, sending } = this;
    this.producer = null;
    if (!producer) return;
    const again = () => disconnected(producer);
    await Promise.all([disconnected(producer), sending.then(again, again)]);
  }
}

class Hangs extends Error {}
class UnknownOffset extends Error {}

/** The batch is larger than the topic takes: no part of it is stored. */
export function isTooLarge(error: unknown): boolean {
  return ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'].includes(protocolErrorOf(error) ?? '');
}

async function unlessItHangs<Result>(work: Promise<Result>, what: string): Promise<Result> {
  return await withTimeLimit(hangsAfterMs, work, () => new Hangs(`${what} took more than ${hangsAfterMs / 1000} s`));
}

async function disconnected(producer: Producer): Promise<void> {
  try {
    await producer.disconnect();
  } catch (error) {
    new Logger('Kafka').debug(`a producer did not disconnect: ${describeError(error)}`);
  }
}

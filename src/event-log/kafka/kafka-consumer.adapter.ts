import { Logger } from '@nestjs/common';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Consumer, EachBatchPayload, ISocketFactoryArgs, KafkaMessage } from 'kafkajs';
import { describeError } from '../../shared/errors.js';
import { sleep } from '../../shared/sleep.adapter.js';
import { doneWithin } from '../../shared/time-limit.adapter.js';
import { kafkaClient, type KafkaSettings } from './kafka-connection.adapter.js';
import './kafka-stopped-runner.adapter.js';

/** What a consumer is for. All are called at once, and none may take long: heartbeats wait for them. */
export interface ConsumerUse {
  /** The group has given this process these partitions, and no others. Each is silent until it is told where to begin. */
  assigned(partitions: readonly number[]): void;
  /** Records of one partition that follow each other. */
  received(partition: number, messages: readonly KafkaMessage[], highWatermark: number): void;
}

/** How a partition that was assigned is read. Nothing happens where the partition is not assigned any more. */
export interface Feed {
  /** Reads on from an offset, as Kafka counts, whatever was paused. */
  readFrom(partition: number, offset: number): void;
  pause(partition: number): void;
  resume(partition: number): void;
}

export interface ConsumerOptions {
  /** How long Kafka waits for a process that is silent before others get its partitions; at least what the brokers allow. */
  readonly sessionTimeoutMs: number;
}

/**
 * Heartbeats also tell of a rebalance that someone else began, so that they are frequent. Fetches wait for events at
 * the broker and come back with the first, so that what they wait at most costs no time, only requests; but what
 * concerns the consumer itself, such as a seek or its end, waits for them.
 */
const heartbeatMs = 1_000;
const rebalanceMs = 15_000;
const fetchMaxWaitMs = 100;
const bytesPerPartition = 1_048_576;
const bytesPerFetch = 4 * bytesPerPartition;

const endPatienceMs = 5_000;
const lookEveryMs = 500;
const firstPauseMs = 200;
const longestPauseMs = 2_000;

/**
 * A member of the group that shares the topic's partitions, kept alive: where kafkajs's consumer ends by itself, cannot join,
 * or is found to have stalled, it is replaced by a new one.
 *
 * It is kafkajs's `eachBatch` that is used, with a handler that only takes delivery: then the fetch loop is never held
 * up, so that heartbeats continue whatever the database does. kafkajs's own memory of offsets is not used: each
 * assignment says again from where to read.
 */
export class KafkaConsumer implements Feed {
  private readonly logger = new Logger('Kafka');
  private life: Life | null = null;
  private lastError: string | null = null;
  private failures = 0;
  private readonly closing = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly ended: Promise<void>;

  constructor(
    private readonly settings: KafkaSettings,
    private readonly options: ConsumerOptions,
    private readonly use: ConsumerUse,
  ) {
    this.timer = setInterval(() => this.look(), lookEveryMs);
    this.ended = this.run();
  }

  /** Why it is no member just now; null if it is one, or has not tried yet. */
  get trouble(): string | null {
    return this.life?.isMember ? null : this.lastError;
  }

  readFrom(partition: number, offset: number): void {
    this.life?.readFrom(partition, offset);
  }

  pause(partition: number): void {
    this.life?.pause(partition);
  }

  resume(partition: number): void {
    this.life?.resume(partition);
  }

  /** Ends the present consumer, and begins a new one. */
  replace(why: string): void {
    this.logger.warn(`The consumer of ${this.settings.topic} is replaced: ${why}`);
    this.life?.finish(new Error(why));
  }

  /** Leaves the group. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    this.closing.abort();
    this.life?.finish(null);
    await this.ended;
  }

  /** A process that Kafka has not heard of for so long has lost its partitions to others, and need not be told. */
  private look(): void {
    const heardAt = this.life?.heardAt ?? null;
    const silentMs = heardAt === null ? 0 : performance.now() - heardAt;
    if (silentMs < this.options.sessionTimeoutMs - heartbeatMs) return;
    this.replace(`Kafka has not confirmed it for ${Math.round(silentMs)} ms, and reassigns its partitions`);
  }

  private async run(): Promise<void> {
    while (!this.closing.signal.aborted) {
      const life = new Life(this.settings, this.options, this.use);
      this.life = life;
      const error = await life.over;
      this.life = null;
      this.use.assigned([]);
      if (error) this.lastError = describeError(error);
      this.failures = life.wasMember ? 0 : this.failures + 1;
      await life.end();
      const restMs = Math.min(longestPauseMs, firstPauseMs * 2 ** this.failures);
      if (error) await sleep(restMs, this.closing.signal);
    }
  }
}

/** One consumer of kafkajs, from its connecting to its end. After that it cannot speak to Kafka any more. */
class Life {
  /** Resolves when it has come to its end: with why, or with null if it was asked to. */
  readonly over: Promise<Error | null>;
  wasMember = false;
  /** When Kafka last confirmed that it is a member, by `performance.now()`; null if it is none now. */
  heardAt: number | null = null;
  private readonly sockets = new MortalSockets();
  private readonly consumer: Consumer;
  private readonly topic: string;
  /** Resolves when it has joined, or failed to. */
  private readonly began: Promise<void>;
  private assigned = new Set<number>();
  private isOver = false;
  private conclude: (why: Error | null) => void = () => undefined;

  constructor(
    settings: KafkaSettings,
    { sessionTimeoutMs }: ConsumerOptions,
    private readonly use: ConsumerUse,
  ) {
    this.topic = settings.topic;
    this.over = new Promise((resolve) => (this.conclude = resolve));
    this.consumer = kafkaClient(settings, (socket) => this.sockets.connect(socket)).consumer({
      groupId: `${settings.topic}.archive`,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: rebalanceMs,
      heartbeatInterval: heartbeatMs,
      maxWaitTimeInMs: fetchMaxWaitMs,
      minBytes: 1,
      maxBytesPerPartition: bytesPerPartition,
      maxBytes: bytesPerFetch,
      allowAutoTopicCreation: false,
      retry: { restartOnFailure: async () => false },
    });
    this.listen();
    this.began = this.begin();
  }

  get isMember(): boolean {
    return this.heardAt !== null;
  }

  readFrom(partition: number, offset: number): void {
    this.ifAssigned(partition, (place) => {
      this.consumer.seek({ topic: this.topic, partition, offset: String(offset) });
      this.consumer.resume([place]);
    });
  }

  pause(partition: number): void {
    this.ifAssigned(partition, (place) => this.consumer.pause([place]));
  }

  resume(partition: number): void {
    this.ifAssigned(partition, (place) => this.consumer.resume([place]));
  }

  finish(why: Error | null): void {
    this.isOver = true;
    this.heardAt = null;
    this.conclude(why);
  }

  /**
   * Leaves the group, if that is possible: a consumer of kafkajs cannot be stopped while it joins. Then its connections are cut
   * for good, for it may hang, and must not be a second member beside the next.
   */
  async end(): Promise<void> {
    const left = this.began.then(() => this.consumer.disconnect());
    await doneWithin(endPatienceMs, Promise.allSettled([left])); // whatever it met, it is cut off next
    this.sockets.cut();
  }

  private async begin(): Promise<void> {
    try {
      await this.consumer.connect();
      // Where Kafka does not hold the offset that is asked for, kafkajs goes to the first that there is, and the gap shows.
      await this.consumer.subscribe({ topics: [this.topic], fromBeginning: true });
      await this.consumer.run({ autoCommit: false, eachBatch: async (payload) => this.takeDelivery(payload) });
    } catch (error) {
      this.finish(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private listen(): void {
    const { GROUP_JOIN, HEARTBEAT, CRASH } = this.consumer.events;
    this.consumer.on(GROUP_JOIN, ({ payload }) => this.join(payload.memberAssignment[this.topic] ?? []));
    this.consumer.on(HEARTBEAT, () => {
      if (!this.isOver) this.heardAt = performance.now();
    });
    this.consumer.on(CRASH, ({ payload }) => this.finish(payload.error));
  }

  private join(partitions: readonly number[]): void {
    if (this.isOver) return;
    this.wasMember = true;
    this.heardAt = performance.now();
    this.assigned = new Set(partitions);
    // kafkajs would read from the group's offsets until it is told otherwise. This is in time: it fetches after this event.
    this.consumer.pause([this.ofTopic(partitions)]);
    this.use.assigned(partitions);
  }

  private takeDelivery({ batch }: EachBatchPayload): void {
    if (this.isOver || !this.assigned.has(batch.partition)) return;
    this.use.received(batch.partition, batch.messages, Number(batch.highWatermark));
  }

  private ifAssigned(partition: number, tell: (place: { topic: string; partitions: number[] }) => void): void {
    if (this.isOver || !this.assigned.has(partition)) return;
    try {
      tell(this.ofTopic([partition]));
    } catch (error) {
      // It has crashed, and is about to say so.
      this.finish(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private ofTopic(partitions: readonly number[]): { topic: string; partitions: number[] } {
    return { topic: this.topic, partitions: [...partitions] };
  }
}

/** Connections that end together, and none is made afterwards. */
class MortalSockets {
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  /** As kafkajs connects by itself. */
  connect({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
    if (this.isCut) throw new Error('this consumer has ended');
    const named = isIP(host) === 0 ? { servername: host } : {};
    const socket = ssl ? connectTls({ host, port, ...named, ...ssl }, onConnect) : connect({ host, port }, onConnect);
    socket.setKeepAlive(true, 60_000);
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    return socket;
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy(new Error('this consumer has ended'));
  }
}

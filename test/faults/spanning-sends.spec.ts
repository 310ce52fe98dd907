import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Partitioners, type Kafka } from 'kafkajs';
import { setTimeout as pause } from 'node:timers/promises';
import { KafkaAppender } from '../../src/event-log/kafka/kafka-appender.adapter.js';
import { kafkaClient, type KafkaSettings } from '../../src/event-log/kafka/kafka-connection.adapter.js';
import { ensureTopic } from '../../src/event-log/kafka/kafka-topic.adapter.js';
import { WardroundError } from '../../src/shared/errors.js';
import { readTopic, type StoredRecord } from '../fixtures/kafka-topic.js';
import { brokerPatienceMs, threeBrokers, whyNoBrokers } from '../fixtures/kafka.js';
import type { KafkaCluster } from '../tools/kafka.mjs';

const partitions = 12;
const lanesPerPartition = 4;
const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' };

/** What a writer was told is stored: `<partition>/<lane>/<number>`, and where, if it was told that. */
type Acknowledged = Map<string, number | null>;

interface Writer {
  readonly acknowledged: Acknowledged;
  failed: number;
  stop(): Promise<void>;
}

/** Each lane appends one number after the other, each until it is acknowledged. */
function writeWithOurs(kafka: Kafka, settings: KafkaSettings): Writer {
  const appender = KafkaAppender.open(kafka, settings, { boundMs: 5_000 });
  const acknowledged: Acknowledged = new Map();
  const writer = { acknowledged, failed: 0, stop };
  let isOver = false;

  async function lane(partition: number, name: string): Promise<void> {
    for (let number = 0; !isOver;) {
      const value = `${name}/${number}`;
      try {
        const [offset = -1] = await appender.append(partition, [{ key: name, value, headers }]);
        acknowledged.set(value, offset);
        number++;
        await pause(5);
      } catch (error) {
        if (!(error instanceof WardroundError)) throw error;
        writer.failed++;
      }
    }
  }

  const lanes = names().map(({ partition, name }) => lane(partition, name));
  async function stop(): Promise<void> {
    isOver = true;
    await Promise.all(lanes);
    await appender.close();
  }
  return writer;
}

/** As one would write it without knowing better: one send for what there is, whichever partitions it goes to. */
async function writeSpanning(kafka: Kafka, topic: string): Promise<Writer> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const acknowledged: Acknowledged = new Map();
  const writer = { acknowledged, failed: 0, stop };
  let isOver = false;

  async function run(): Promise<void> {
    for (let number = 0; !isOver; number++) {
      const messages = names().map(({ partition, name }) => ({ partition, key: name, value: `${name}/${number}` }));
      try {
        await producer.send({ topic, acks: -1, timeout: 4_000, messages });
        for (const { value } of messages) acknowledged.set(value, null);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        writer.failed++;
      }
      await pause(5);
    }
  }

  const running = run();
  async function stop(): Promise<void> {
    isOver = true;
    await running;
    await producer.disconnect();
  }
  return writer;
}

function names(): readonly { partition: number; name: string }[] {
  return Array.from({ length: partitions * lanesPerPartition }, (_, at) => {
    const partition = at % partitions;
    return { partition, name: `${partition}/${Math.floor(at / partitions)}` };
  });
}

interface Findings {
  /** Acknowledged, and not in the topic. */
  readonly lost: readonly string[];
  /** In the topic, and not where the acknowledgement said. */
  readonly misplaced: readonly string[];
  /** First copies that do not follow the lane's number before. */
  readonly outOfOrder: readonly string[];
  readonly repeats: number;
}

function examine(acknowledged: Acknowledged, topic: ReadonlyMap<number, readonly StoredRecord[]>): Findings {
  const places = new Map<string, number[]>();
  const last = new Map<string, number>();
  const outOfOrder: string[] = [];
  let repeats = 0;
  for (const { key, value, offset } of [...topic.values()].flat()) {
    const known = places.get(value);
    if (known) {
      known.push(offset);
      repeats++;
      continue;
    }
    places.set(value, [offset]);
    const number = Number(value.slice(key.length + 1));
    if (number < (last.get(key) ?? -1)) outOfOrder.push(value);
    last.set(key, number);
  }
  return {
    lost: [...acknowledged.keys()].filter((value) => !places.has(value)),
    misplaced: [...acknowledged].flatMap(([value, offset]) =>
      offset === null || places.get(value)?.includes(offset) ? [] : [value],
    ),
    ...{ outOfOrder, repeats },
  };
}

/** Each fault takes a broker's partitions away from it, and gives them back. */
async function trouble({ brokers: [first, second] }: KafkaCluster): Promise<void> {
  await pause(1_000);
  await first?.kill();
  await pause(4_500);
  await first?.start();
  await pause(1_000);
  await second?.kill('SIGSTOP');
  await pause(5_000);
  await second?.kill('SIGCONT');
  await pause(3_000);
}

it('what is lost, misplaced or out of order would be found', () => {
  const acknowledged: Acknowledged = new Map([
    ['0/0/0', 0],
    ['0/0/1', 1],
    ['0/0/2', 2],
    ['0/0/3', 3],
  ]);
  const values = ['0/0/0', '0/0/2', '0/0/2', '0/0/1'];
  const records = values.map((value, offset) => ({ partition: 0, offset, key: '0/0', value, headers: {} }));
  expect(examine(acknowledged, new Map([[0, records]]))).toEqual({
    ...{ lost: ['0/0/3'], misplaced: ['0/0/1', '0/0/3'], outOfOrder: ['0/0/1'], repeats: 1 },
  });
});

const noBrokers = whyNoBrokers();
if (noBrokers) console.warn(`Tests are skipped, leaders move between three brokers: ${noBrokers}`);

(noBrokers ? describe.skip : describe)('while leaders move between three brokers', () => {
  let cluster: KafkaCluster;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    // So that a minute holds several moves: who is silent for 3 s is taken for dead.
    const quick = { 'broker.session.timeout.ms': 3_000, 'broker.heartbeat.interval.ms': 500 };
    cluster = await threeBrokers({ settings: quick });
  }, brokerPatienceMs);
  afterAll(() => void Logger.overrideLogger(['error', 'warn', 'fatal']));

  it('nothing that we acknowledged is lost, misplaced or out of order', async () => {
    const ours = { brokers: cluster.bootstrap, topic: 'ours', partitions };
    const spanning = { ...ours, topic: 'spanning' };
    const kafka = kafkaClient(ours);
    for (const settings of [ours, spanning]) await ensureTopic(kafka, settings);
    const writers = [writeWithOurs(kafka, ours), await writeSpanning(kafkaClient(spanning), spanning.topic)] as const;
    await trouble(cluster);
    await Promise.all(writers.map((writer) => writer.stop()));

    const [found, foundSpanning] = [
      examine(writers[0].acknowledged, await readTopic(kafka, ours.topic)),
      examine(writers[1].acknowledged, await readTopic(kafka, spanning.topic)),
    ];
    console.log(`ours: ${told(writers[0], found)}\nsends that span partitions: ${told(writers[1], foundSpanning)}`);
    expect(found.lost).toEqual([]);
    expect(found.misplaced).toEqual([]);
    expect(found.outOfOrder).toEqual([]);
    // The writers ran through the faults: each lane got on after the last of them.
    expect(writers[0].acknowledged.size).toBeGreaterThan(1_000);
  }, 180_000);
});

function told({ acknowledged, failed }: Writer, { lost, outOfOrder, repeats }: Findings): string {
  const counts = `${acknowledged.size} acknowledged, ${lost.length} of them lost, ${outOfOrder.length} out of order`;
  return `${counts}, ${repeats} repeats, ${failed} calls failed`;
}

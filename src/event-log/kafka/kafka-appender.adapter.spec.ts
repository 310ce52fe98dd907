import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { readTopic } from '../../../test/fixtures/kafka-topic.js';
import { brokerPatienceMs, kafkaCluster, whyNoKafka } from '../../../test/fixtures/kafka.js';
import { WardroundError } from '../../shared/errors.js';
import { KafkaAppender, type AppenderOptions } from './kafka-appender.adapter.js';
import { kafkaClient, type KafkaSettings } from './kafka-connection.adapter.js';
import type { KafkaRecord } from './kafka-record.js';
import { ensureTopic } from './kafka-topic.adapter.js';

const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
const record = (text: string, key = 'key'): KafkaRecord => ({ key, value: text, headers });
const partitions = 4;

let appenders: KafkaAppender[] = [];

beforeAll(() => void Logger.overrideLogger(false));
afterAll(() => void Logger.overrideLogger(['error', 'warn', 'fatal']));
afterEach(async () => {
  const open = appenders;
  appenders = [];
  await Promise.all(open.map((appender) => appender.close()));
});

function opened(kafka: Kafka, settings: KafkaSettings, options: AppenderOptions = {}): KafkaAppender {
  const appender = KafkaAppender.open(kafka, settings, options);
  appenders.push(appender);
  return appender;
}

/** How each of some appends ended: its offsets, or the code that it failed with. */
async function endings(appends: readonly Promise<readonly number[]>[]): Promise<readonly unknown[]> {
  const settled = await Promise.allSettled(appends);
  return settled.map((each): unknown => {
    if (each.status === 'fulfilled') return each.value;
    const reason: unknown = each.reason;
    return reason instanceof WardroundError ? reason.code : reason;
  });
}

const noKafka = whyNoKafka();
if (noKafka) console.warn(`Tests are skipped, appends to Kafka: ${noKafka}`);

(noKafka ? describe.skip : describe)('what is appended to Kafka', () => {
  let settings: KafkaSettings;
  let kafka: Kafka;

  beforeAll(async () => {
    const cluster = await kafkaCluster();
    settings = { brokers: cluster.bootstrap, topic: cluster.newTopic(), partitions };
    kafka = kafkaClient(settings);
  }, brokerPatienceMs);

  async function ownTopic(): Promise<KafkaSettings> {
    const own = { ...settings, topic: (await kafkaCluster()).newTopic() };
    await ensureTopic(kafka, own);
    return own;
  }

  async function valuesOf(own: KafkaSettings, partition: number): Promise<readonly string[]> {
    return (await readTopic(kafka, own.topic)).get(partition)?.map(({ value }) => value) ?? [];
  }

  it('is in the partition named, in the order of the calls, at the offsets returned', async () => {
    const own = await ownTopic();
    const appender = opened(kafka, own);
    const appends: Promise<{ partition: number; value: string; offset: number | undefined }>[] = [];
    for (let number = 0; number < 2_000; number++) {
      const partition = number % partitions;
      const value = `fact ${number}`;
      appends.push(appender.append(partition, [record(value)]).then(([offset]) => ({ partition, value, offset })));
    }
    const acknowledged = await Promise.all(appends);
    const found = await readTopic(kafka, own.topic);
    for (let partition = 0; partition < partitions; partition++) {
      const expected = acknowledged.filter((each) => each.partition === partition);
      expect(found.get(partition)?.map(({ value, offset }) => ({ partition, value, offset }))).toEqual(expected);
    }
  });

  it('is kept together and in order where one call has several records', async () => {
    const own = await ownTopic();
    const appender = opened(kafka, own);
    const calls = Array.from({ length: 200 }, (_, call) => [0, 1, 2].map((at) => record(`call ${call}, ${at}`)));
    const offsets = await Promise.all(calls.map((records) => appender.append(1, records)));
    for (const [first = -1, ...others] of offsets) expect(others).toEqual([first + 1, first + 2]);
    expect(await valuesOf(own, 1)).toEqual(calls.flat().map(({ value }) => value));
  });

  it('is cut into batches that the broker takes, however much one call has', async () => {
    const own = await ownTopic();
    const appender = opened(kafka, own);
    const long = 'x'.repeat(300_000);
    const values = Array.from({ length: 12 }, (_, at) => `${at} ${long}`);
    const offsets = await appender.append(
      2,
      values.map((value) => record(value)),
    );
    expect(offsets).toEqual(values.map((_, at) => at));
    expect(await valuesOf(own, 2)).toEqual(values);
    const many = Array.from({ length: 5_000 }, (_, at) => record(`${at}`));
    expect(await appender.append(3, many)).toEqual(many.map((_, at) => at));
  });

  it('is refused whole, before anything is sent, if one record is too large', async () => {
    const own = await ownTopic();
    const appender = opened(kafka, own);
    const append = appender.append(0, [record('small'), record('ü'.repeat(500_000))]);
    await expect(append).rejects.toMatchObject({
      code: 'event-invalid',
      message: expect.stringMatching(/event 2 of 2 has 10001\d\d bytes, but the limit is 900000/),
    });
    expect(await valuesOf(own, 0)).toEqual([]);
  });

  it('is refused alone, and not its neighbours, if the topic takes less than we ask for', async () => {
    const own = await ownTopic();
    const admin = kafka.admin();
    await admin.connect();
    const configEntries = [{ name: 'max.message.bytes', value: '1000' }];
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: own.topic, configEntries }] });
    await admin.disconnect();
    const appender = opened(kafka, own);
    const appends = ['a', 'x'.repeat(2_000), 'b', 'c'].map((text) => appender.append(0, [record(text)]));
    expect(await endings(appends)).toEqual([[0], 'event-invalid', [1], [2]]);
    expect(await valuesOf(own, 0)).toEqual(['a', 'b', 'c']);
  });

  it('fails at once above the most that may wait, and is taken again when there is room', async () => {
    const appender = opened(kafka, await ownTopic(), { maxWaitingRecords: 10 });
    const appends = Array.from({ length: 12 }, (_, at) => appender.append(0, [record(`${at}`)]));
    expect((await endings(appends)).slice(8)).toEqual([[8], [9], 'overloaded', 'overloaded']);
    expect(await appender.append(0, [record('later')])).toEqual([10]);
    const few = opened(kafka, await ownTopic(), { maxWaitingBytes: 1_000 });
    expect(await endings([few.append(0, [record('x'.repeat(5_000))]), few.append(0, [record('y')])])).toEqual([
      [0],
      'overloaded',
    ]);
  });

  it('is sent before the appender closes; afterwards nothing is taken', async () => {
    const own = await ownTopic();
    const appender = opened(kafka, own);
    const appends = Array.from({ length: 50 }, (_, at) => appender.append(0, [record(`${at}`)]));
    await appender.close();
    expect(await endings(appends)).toEqual(appends.map((_, at) => [at]));
    await expect(appender.append(0, [record('late')])).rejects.toMatchObject({ code: 'log-closed' });
  });

  it('is not stored, and says so, where no broker answers', async () => {
    const nobody = { ...settings, brokers: ['127.0.0.1:1'] };
    const appender = opened(kafkaClient(nobody), nobody, { boundMs: 700 });
    await expect(appender.append(0, [record('a')])).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/could not be sent to Kafka within 0.7 s.*none of them was stored/),
    });
    const last = appender.append(0, [record('b')]);
    await appender.close();
    expect(await endings([last])).toEqual(['unreachable']);
  });
});

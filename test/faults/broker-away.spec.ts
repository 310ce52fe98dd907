import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Kafka, logLevel } from 'kafkajs';
import { readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { KafkaAppender, type AppenderOptions } from '../../src/event-log/kafka/kafka-appender.adapter.js';
import type { KafkaSettings } from '../../src/event-log/kafka/kafka-connection.adapter.js';
import type { KafkaRecord } from '../../src/event-log/kafka/kafka-record.js';
import { ensureTopic } from '../../src/event-log/kafka/kafka-topic.adapter.js';
import { WardroundError } from '../../src/shared/errors.js';
import { readTopic } from '../fixtures/kafka-topic.js';
import { brokerPatienceMs, whyNoBrokers } from '../fixtures/kafka.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { startKafka, type KafkaCluster } from '../tools/kafka.mjs';

const record = (text: string): KafkaRecord => ({
  key: 'key',
  value: text,
  headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
});

/** How each of some appends ended: its offsets, or the code that it failed with. */
async function endings(appends: readonly Promise<readonly number[]>[]): Promise<readonly unknown[]> {
  const settled = await Promise.allSettled(appends);
  return settled.map((each): unknown => {
    if (each.status === 'fulfilled') return each.value;
    const reason: unknown = each.reason;
    return reason instanceof WardroundError ? reason.code : reason;
  });
}

const appenders: KafkaAppender[] = [];

beforeAll(() => void Logger.overrideLogger(false));
afterAll(() => void Logger.overrideLogger(['error', 'warn', 'fatal']));

const noBrokers = whyNoBrokers();
if (noBrokers) console.warn(`Tests are skipped, the broker is away: ${noBrokers}`);

(noBrokers ? describe.skip : describe)('while the broker is away', () => {
  let cluster: KafkaCluster;
  let settings: KafkaSettings;
  let kafka: Kafka;
  let topics = 0;
  const folder = tempFolder();

  beforeAll(async () => {
    cluster = await startKafka({ folder });
    settings = { brokers: cluster.bootstrap, topic: 'none', partitions: 2 };
    // As kafkaClient makes it, but it loses its patience sooner.
    kafka = new Kafka({ brokers: cluster.bootstrap, requestTimeout: 1_000, logLevel: logLevel.NOTHING });
  }, brokerPatienceMs);

  afterEach(async () => {
    await Promise.all(appenders.splice(0).map((appender) => appender.close()));
  });
  afterAll(() => cluster.stop());

  async function appenderOf(options: AppenderOptions): Promise<{ appender: KafkaAppender; own: KafkaSettings }> {
    const own = { ...settings, topic: `away-${++topics}` };
    await ensureTopic(kafka, own);
    const appender = KafkaAppender.open(kafka, own, options);
    appenders.push(appender);
    await appender.append(0, [record('before')]);
    return { appender, own };
  }

  async function whilePaused(work: () => Promise<void>): Promise<void> {
    await cluster.brokers[0]?.kill('SIGSTOP');
    try {
      await work();
    } finally {
      await cluster.brokers[0]?.kill('SIGCONT');
    }
  }

  it('an append waits, is stored once though it was sent more than once, and answers with its place', async () => {
    const { appender, own } = await appenderOf({ boundMs: 60_000 });
    let append: Promise<readonly number[]> = Promise.resolve([]);
    await whilePaused(async () => {
      append = appender.append(0, [record('sent'), record('again')]);
      await new Promise((resolve) => setTimeout(resolve, 2_500));
    });
    expect(await append).toEqual([1, 2]);
    expect(await appender.append(0, [record('after')])).toEqual([3]);
    const values = (await readTopic(kafka, own.topic)).get(0)?.map(({ value }) => value);
    expect(values).toEqual(['before', 'sent', 'again', 'after']);
  });

  it('what was sent fails with its outcome unknown, what waits behind it is withdrawn, and the order stays', async () => {
    const { appender, own } = await appenderOf({ boundMs: 1_500 });
    await whilePaused(async () => {
      const sent = appender.append(0, [record('sent')]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      const behind = appender.append(0, [record('behind')]);
      expect(await endings([sent, behind])).toEqual(['outcome-unknown', 'unreachable']);
    });
    const offsets = await endings([appender.append(0, [record('sent')]), appender.append(0, [record('after')])]);
    expect(offsets).toEqual([[2], [3]]);
    const values = (await readTopic(kafka, own.topic)).get(0)?.map(({ value }) => value);
    expect(values).toEqual(['before', 'sent', 'sent', 'after']);
  });

  it('closing ends, and says of each append what is known', async () => {
    const { appender } = await appenderOf({ boundMs: 1_000 });
    await whilePaused(async () => {
      const sent = appender.append(0, [record('sent')]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      const behind = appender.append(0, [record('behind')]);
      const ended = endings([sent, behind]);
      await appender.close();
      expect(await ended).toEqual(['outcome-unknown', 'unreachable']);
    });
  });

  it('killed and started again, it takes the appends that waited', async () => {
    const { appender, own } = await appenderOf({ boundMs: 60_000 });
    const [broker] = cluster.brokers;
    await broker?.kill();
    const appends = ['a', 'b', 'c'].map((text) => appender.append(0, [record(text)]));
    await broker?.start();
    expect(await endings(appends)).toEqual([[1], [2], [3]]);
    expect(appender.trouble()).toBeNull();
    const values = (await readTopic(kafka, own.topic)).get(0)?.map(({ value }) => value);
    expect(values).toEqual(['before', 'a', 'b', 'c']);
  });

  it('having lost the end of its log, it gets the later appends from a new producer', async () => {
    const { appender, own } = await appenderOf({ boundMs: 60_000 });
    for (const text of ['kept', 'lost']) await appender.append(0, [record(text)]);
    const [broker] = cluster.brokers;
    await broker?.kill();
    loseLastBatch(join(folder, 'broker-1', 'data', `${own.topic}-0`));
    await broker?.start();
    const errors: unknown[] = [];
    const ignored = () => undefined;
    Logger.overrideLogger({ log: ignored, warn: ignored, error: (message: unknown) => errors.push(message) });
    expect(await endings([appender.append(0, [record('after')])])).toEqual([[2]]);
    Logger.overrideLogger(false);
    expect(errors).toEqual([
      expect.stringContaining('partition 0: Kafka has no record of the last write of this process'),
    ]);
    const values = (await readTopic(kafka, own.topic)).get(0)?.map(({ value }) => value);
    expect(values).toEqual(['before', 'kept', 'after']);
  });
});

/** As if the disk had not kept the last write: Kafka cuts the log behind the last batch that is whole. */
function loseLastBatch(partitionFolder: string): void {
  const log = join(partitionFolder, '00000000000000000000.log');
  truncateSync(log, statSync(log).size - 10);
  for (const name of readdirSync(partitionFolder)) {
    if (name.endsWith('.snapshot') || name.endsWith('index')) rmSync(join(partitionFolder, name));
  }
}

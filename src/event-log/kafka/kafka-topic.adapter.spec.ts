import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Admin, Kafka } from 'kafkajs';
import { createServer } from 'node:net';
import { brokerPatienceMs, kafkaCluster, whyNoKafka } from '../../../test/fixtures/kafka.js';
import { kafkaClient, type KafkaSettings } from './kafka-connection.adapter.js';
import { ensureTopic } from './kafka-topic.adapter.js';

const topicResource = 2;

beforeAll(() => void Logger.overrideLogger(false));
afterAll(() => void Logger.overrideLogger(['error', 'warn', 'fatal']));

const noKafka = whyNoKafka();
if (noKafka) console.warn(`Tests are skipped, the topic: ${noKafka}`);

(noKafka ? describe.skip : describe)('the topic', () => {
  let kafka: Kafka;
  let admin: Admin;
  let newSettings: () => KafkaSettings;

  beforeAll(async () => {
    const cluster = await kafkaCluster();
    newSettings = () => ({ brokers: cluster.bootstrap, topic: cluster.newTopic(), partitions: 3 });
    kafka = kafkaClient(newSettings());
    admin = kafka.admin();
    await admin.connect();
  }, brokerPatienceMs);
  afterAll(() => admin.disconnect());

  it('is made as stated, by the first of several processes', async () => {
    const settings = newSettings();
    await Promise.all([1, 2, 3].map(() => ensureTopic(kafkaClient(settings), settings)));
    await ensureTopic(kafka, settings);
    const { topics } = await admin.fetchTopicMetadata({ topics: [settings.topic] });
    expect(topics[0]?.partitions).toHaveLength(3);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: topicResource, name: settings.topic }],
    });
    const entries = new Map(resources[0]?.configEntries.map((entry) => [entry.configName, entry.configValue]));
    expect(entries.get('cleanup.policy')).toBe('delete');
    expect(entries.get('min.insync.replicas')).toBe(topics[0]?.partitions[0]?.replicas.length === 3 ? '2' : '1');
  });

  it('with another number of partitions is refused, with both numbers', async () => {
    const settings = newSettings();
    await ensureTopic(kafka, settings);
    await expect(ensureTopic(kafka, { ...settings, partitions: 5 })).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: `the topic ${settings.topic} has 3 partitions, but eventLog.partitions is 5`,
    });
  });

  it('with a name that Kafka does not take is refused with its reason', async () => {
    const settings = { ...newSettings(), topic: 'not a name' };
    await expect(ensureTopic(kafka, settings)).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: expect.stringMatching(/refuses the topic not a name: .*INVALID_TOPIC/),
    });
  });
});

describe('brokers that cannot be reached', () => {
  it('are named, with why', async () => {
    const settings = { brokers: ['127.0.0.1:1', '127.0.0.1:2'], topic: 'any', partitions: 1 };
    await expect(ensureTopic(kafkaClient(settings), settings, 1_500)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/tried 127\.0\.0\.1:1, 127\.0\.0\.1:2 \(.*ECONNREFUSED/),
    });
  });

  it('are given up where something listens and never answers', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const settings = { brokers: [`127.0.0.1:${port}`], topic: 'any', partitions: 1 };
    await expect(ensureTopic(kafkaClient(settings), settings, 1_500)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining(`tried 127.0.0.1:${port}`),
    });
    server.close();
  });
});

import { beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { brokerPatienceMs, kafkaCluster, ownBroker, whyNoBrokers, whyNoKafka } from '../fixtures/kafka.js';
import {
  databasePatienceMs,
  freshDatabase,
  ownPostgres,
  whyNoOwnPostgres,
  whyNoPostgres,
} from '../fixtures/postgres.js';
import type { KafkaCluster } from '../tools/kafka.mjs';
import type { PostgresServer } from '../tools/postgres.mjs';

const noKafka = whyNoKafka() ?? whyNoBrokers();
if (noKafka) console.warn(`Tests of the test brokers are skipped: ${noKafka}`);
const noPostgres = whyNoPostgres() ?? whyNoOwnPostgres();
if (noPostgres) console.warn(`Tests of the test database are skipped: ${noPostgres}`);

const client = (bootstrap: string[]) => new Kafka({ brokers: bootstrap, logLevel: logLevel.NOTHING });

async function make(bootstrap: string[], topic: string): Promise<void> {
  const admin = client(bootstrap).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
}

async function send(bootstrap: string[], topic: string, value: string): Promise<void> {
  const producer = client(bootstrap).producer();
  await producer.connect();
  await producer.send({ topic, acks: -1, messages: [{ value }] });
  await producer.disconnect();
}

async function firstMessage(bootstrap: string[], topic: string): Promise<string | undefined> {
  const consumer = client(bootstrap).consumer({ groupId: `${topic}-reader` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const message = await new Promise<string | undefined>((resolve, reject) => {
    consumer.run({ eachMessage: async ({ message }) => resolve(message.value?.toString()) }).catch(reject);
  });
  await consumer.disconnect();
  return message;
}

(noKafka ? describe.skip : describe)('a test broker', () => {
  let cluster: KafkaCluster;

  beforeAll(async () => {
    cluster = await ownBroker();
  }, brokerPatienceMs);

  it(
    'that is killed and started again still has its message',
    async () => {
      await make(cluster.bootstrap, 'facts');
      await send(cluster.bootstrap, 'facts', 'kept');
      const [broker] = cluster.brokers;
      await broker?.kill('SIGKILL');
      expect(broker?.alive()).toBe(false);
      await broker?.start();
      expect(await firstMessage(cluster.bootstrap, 'facts')).toBe('kept');
    },
    brokerPatienceMs,
  );

  it(
    'is shared by all specs, each with topics of its own',
    async () => {
      const [one, other] = [await kafkaCluster(), await kafkaCluster()];
      expect(one.bootstrap).toEqual(other.bootstrap);
      const topic = one.newTopic();
      expect(topic).not.toBe(other.newTopic());
      await make(one.bootstrap, topic);
      await send(one.bootstrap, topic, 'shared');
      expect(await firstMessage(other.bootstrap, topic)).toBe('shared');
    },
    brokerPatienceMs,
  );
});

(noPostgres ? describe.skip : describe)('a test database', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await ownPostgres();
  }, databasePatienceMs);

  it(
    'that is killed and started again still has its row',
    async () => {
      await query(server.url, "CREATE TABLE facts AS SELECT 'kept' AS fact");
      await server.kill('SIGKILL');
      expect(server.alive()).toBe(false);
      await server.start();
      expect(await query(server.url, 'SELECT fact FROM facts')).toEqual([{ fact: 'kept' }]);
    },
    databasePatienceMs,
  );

  it(
    'is fresh for each spec, on a server that all share',
    async () => {
      const [one, other] = [await freshDatabase(), await freshDatabase()];
      await query(one, "CREATE TABLE facts AS SELECT 'mine' AS fact");
      expect(await query(other, "SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public'")).toEqual([
        { tables: 0 },
      ]);
    },
    databasePatienceMs,
  );
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const connection = new pg.Client(url);
  await connection.connect();
  try {
    return (await connection.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await connection.end();
  }
}

// kafkajs alone, set as our appender and our consumer set it: a producer a partition with one send outstanding each, and a
// consumer that reads and does nothing. Its records are made before the clock runs, byte for byte as the engine writes them.
import { Partitioners } from 'kafkajs';
import { asRecordedAt } from '../../dist/src/event-log/checked-events.js';
import { kafkaClient } from '../../dist/src/event-log/kafka/kafka-connection.adapter.js';
import { partitionOf } from '../../dist/src/event-log/kafka/kafka-partition.js';
import { toKafkaRecord } from '../../dist/src/event-log/kafka/kafka-record.js';
import { ensureTopic } from '../../dist/src/event-log/kafka/kafka-topic.adapter.js';
import { toIso } from '../../dist/src/shared/instant.js';
import { partitions } from '../system.mjs';

/** As kafka-batches.ts gathers. */
const largestBatchRecords = 500;

/** So many callers, each with one event in progress, are so many records a batch in each partition. */
const batchRecords = (callers) => Math.min(largestBatchRecords, Math.max(1, Math.round(callers / partitions)));

/** @param passes see contender.mjs */
export async function bareKafkajs({ name, callers, nextEvent, events, warmUp, measure }) {
  const settings = { brokers: process.env.KAFKA_BROKERS.split(','), topic: name, partitions };
  const kafka = kafkaClient(settings);
  await ensureTopic(kafka, settings);
  const producers = Array.from({ length: partitions }, () => producerOf(kafka));
  await Promise.all(producers.map((producer) => producer.connect()));
  const write = (lanes) => writeLanes(producers, lanes, name, batchRecords(callers));

  await write(makeLanes(warmUp, nextEvent));
  const alone = makeLanes(events, nextEvent);
  await measure('append', () => write(alone));

  const before = await openConsumer(kafka, name, 'before');
  await measure('consume', async () => {
    before.begin();
    await before.seen(warmUp + events);
  });
  const both = makeLanes(events, nextEvent);
  await measure('both', async (acknowledged) => {
    await write(both);
    acknowledged();
    await before.seen(warmUp + 2 * events);
  });
  await before.close();
  await Promise.all(producers.map((producer) => producer.disconnect()));
}

function producerOf(kafka) {
  return kafka.producer({
    ...{ idempotent: true, allowAutoTopicCreation: false, createPartitioner: Partitioners.DefaultPartitioner },
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 1 },
  });
}

/** The records of each partition, in order. */
function makeLanes(count, nextEvent) {
  const lanes = Array.from({ length: partitions }, () => []);
  for (let made = 0; made < count; made++) {
    const event = nextEvent();
    const partition = partitionOf(event.partitionkey, partitions);
    lanes[partition].push({ ...toKafkaRecord(asRecordedAt(event, toIso(Date.now()))), partition });
  }
  return lanes;
}

async function writeLanes(producers, lanes, topic, batch) {
  const work = lanes.map(async (lane, at) => {
    for (let from = 0; from < lane.length; from += batch) {
      await producers[at].send({ topic, acks: -1, timeout: 4_000, messages: lane.slice(from, from + batch) });
    }
  });
  await Promise.all(work);
}

/** Joined, and silent until `begin`. As kafka-consumer.adapter.ts has it. */
async function openConsumer(kafka, topic, group) {
  const fetches = { maxWaitTimeInMs: 100, minBytes: 1, maxBytesPerPartition: 1_048_576, maxBytes: 4 * 1_048_576 };
  const consumer = kafka.consumer({
    ...{ groupId: `${topic}.${group}`, sessionTimeout: 10_000, rebalanceTimeout: 15_000, heartbeatInterval: 1_000 },
    ...{ ...fetches, allowAutoTopicCreation: false },
  });
  const all = [{ topic, partitions: Array.from({ length: partitions }, (_, partition) => partition) }];
  let count = 0;
  let awaited = { count: 0, resolve: () => {} };
  const joined = new Promise((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => {
      consumer.pause(all);
      resolve();
    });
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const eachBatch = async ({ batch }) => {
    count += batch.messages.length;
    if (count >= awaited.count) awaited.resolve();
  };
  await consumer.run({ autoCommit: false, eachBatch });
  await joined;
  return {
    begin: () => consumer.resume(all),
    seen: (total) =>
      new Promise((resolve) => {
        awaited = { count: total, resolve };
        if (count >= total) resolve();
      }),
    close: () => consumer.disconnect(),
  };
}

import { Logger } from '@nestjs/common';
import type { Admin, Kafka } from 'kafkajs';
import { once } from 'node:events';
import { setTimeout as setTimeoutAsync } from 'node:timers/promises';
import { WardroundError, describeError } from '../../shared/errors.js';
import { largestBatchBytes } from './kafka-batches.js';
import { protocolErrorOf, type KafkaSettings } from './kafka-connection.adapter.js';

const defaultPatienceMs = 9_000;
const makingTimeoutMs = 9_000;
const pauseMs = 300;
const retentionDays = 30;
const dayMs = 24 * 60 * 60 * 1000;

/**
 * Makes the topic if it is missing, and holds its partitions against the settings: a key's events are where the number
 * of partitions puts them, so it must not change. Any number of processes may do this at once.
 * @throws WardroundError within 10 s: `configuration-invalid` if the topic is not as stated, cannot be made so, or the brokers
 * refuse the credentials; `unreachable`, with the brokers that were tried
 */
export async function ensureTopic(
  kafka: Kafka,
  settings: KafkaSettings,
  patienceMs = defaultPatienceMs,
): Promise<void> {
  const admin = kafka.admin();
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), patienceMs);
  const outOfPatience = once(patience.signal, 'abort');
  let last: unknown = new Error(`no answer within ${patienceMs / 1000} s`);
  try {
    while (!patience.signal.aborted) {
      try {
        const looked = await Promise.race([outOfPatience, lookAndMake(admin, settings)]);
        if (looked === 'as stated') return;
      } catch (error) {
        if (isFinal(error)) throw toTopicError(error, settings);
        last = error;
        await setTimeoutAsync(pauseMs);
      }
    }
    throw toTopicError(last, settings);
  } finally {
    clearTimeout(timer);
    // No one waits for it: it ends by itself, at the latest when the requests under way have timed out.
    admin.disconnect().catch((error: unknown) => new Logger('Kafka').debug(describeError(error)));
  }
}

async function lookAndMake(admin: Admin, settings: KafkaSettings): Promise<'as stated'> {
  await admin.connect();
  let found = await partitionsOf(admin, settings.topic);
  if (found === null) {
    await make(admin, settings);
    found = await partitionsOf(admin, settings.topic);
    // Of several brokers the one that was asked may not have heard of it: the next look will find it.
    if (found === null) throw new Error(`the topic ${settings.topic} was created, but is not visible yet`);
  }
  if (found === settings.partitions) return 'as stated';
  throw new WardroundError(
    'configuration-invalid',
    `the topic ${settings.topic} has ${found} partitions, but eventLog.partitions is ${settings.partitions}`,
    `Set it to ${found}. To change the number of partitions, copy the log into a new topic`,
  );
}

/** Null if there is no such topic. */
async function partitionsOf(admin: Admin, topic: string): Promise<number | null> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.find(({ name }) => name === topic)?.partitions.length ?? null;
  } catch (error) {
    if (protocolErrorOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return null;
    throw error;
  }
}

async function make(admin: Admin, settings: KafkaSettings): Promise<void> {
  const { topic, partitions } = settings;
  const { brokers } = await admin.describeCluster();
  // Those named count too: one that is down just now must not leave the topic with a copy less forever.
  const replication = settings.replication ?? Math.min(3, Math.max(brokers.length, settings.brokers.length));
  const entries = {
    // Kafka's defaults, said here because a cluster may have others: events would be missing, or be refused for their size.
    'cleanup.policy': 'delete',
    'unclean.leader.election.enable': 'false',
    'max.message.bytes': String(largestBatchBytes),
    // The archive keeps the events; this is how long it may be away.
    'retention.ms': String(retentionDays * dayMs),
    'min.insync.replicas': replication >= 3 ? '2' : '1',
    // A broker leaves what it acknowledges to the operating system. Where no other has a copy, it must be on its disk.
    ...(replication === 1 ? { 'flush.messages': '1' } : {}),
  };
  await admin.createTopics({
    topics: [
      {
        ...{ topic, numPartitions: partitions, replicationFactor: replication },
        configEntries: Object.entries(entries).map(([name, value]) => ({ name, value })),
      },
    ],
    timeout: makingTimeoutMs,
  });
}

/** Another try would find the same. */
function isFinal(error: unknown): boolean {
  if (error instanceof WardroundError || isRefusal(error)) return true;
  const type = protocolErrorOf(firstOf(error));
  return type !== null && !passingErrors.includes(type);
}

const passingErrors = [
  'REQUEST_TIMED_OUT',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_CONTROLLER',
  'BROKER_NOT_AVAILABLE',
  'INVALID_REPLICATION_FACTOR', // brokers that start together do not know of each other at once
];

function toTopicError(error: unknown, settings: KafkaSettings): WardroundError {
  if (error instanceof WardroundError) return error;
  const type = protocolErrorOf(firstOf(error));
  const why = describeError(firstOf(error));
  const brokers = settings.brokers.join(', ');
  if (isRefusal(error)) return refused(`Kafka (${brokers}) refuses the credentials of eventLog.sasl: ${why}`, error);
  if (type === 'INVALID_REPLICATION_FACTOR') {
    return new WardroundError(
      'configuration-invalid',
      `the topic ${settings.topic} cannot be created with its replicas: ${why}`,
      'Start all brokers, or set eventLog.replication to the number of brokers',
      { cause: error },
    );
  }
  if (type !== null) return refused(`Kafka (${brokers}) refuses the topic ${settings.topic}: ${why} (${type})`, error);
  return new WardroundError(
    'unreachable',
    `Kafka is not reachable: tried ${brokers} (${why})`,
    'Start the brokers, or correct eventLog.brokers, eventLog.tls and eventLog.sasl',
    { cause: error },
  );
}

function refused(message: string, cause: unknown): WardroundError {
  return new WardroundError('configuration-invalid', message, 'Correct eventLog, or the permissions on the brokers', {
    cause,
  });
}

function isRefusal(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'KafkaJSSASLAuthenticationError') return true;
  }
  return false;
}

/** kafkajs gathers what a request for several topics met, though there is only one. */
function firstOf(error: unknown): unknown {
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) return error;
  const errors: readonly unknown[] = error.errors;
  return errors[0] ?? error;
}

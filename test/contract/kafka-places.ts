import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { EventTypes } from '../../src/event-log/event-types.js';
import { openKafkaLog, type KafkaEventLog, type KafkaLogOptions } from '../../src/event-log/kafka/kafka-log.adapter.js';
import { systemClock } from '../../src/shared/clock.adapter.js';
import { kafkaCluster, whyNoKafka } from '../fixtures/kafka.js';
import { freshDatabase, whyNoPostgres } from '../fixtures/postgres.js';

const placeSchema = z.object({
  kafka: z.object({ brokers: z.array(z.string()), topic: z.string(), partitions: z.number() }),
  archive: z.object({ url: z.string(), schema: z.string() }),
});

export type KafkaPlace = z.infer<typeof placeSchema>;

/** The shortest that brokers allow: tests wait for it when a process is killed. */
export const sessionTimeoutMs = 6_000;

export function whyNoKafkaLog(): string | null {
  return whyNoKafka() ?? whyNoPostgres();
}

let database: Promise<string> | null = null;
let places = 0;

/** A topic that no one else has, and its own archive in this spec file's database. Nothing is made yet. */
export async function newPlace(partitions = 3): Promise<KafkaPlace> {
  database ??= freshDatabase();
  const { bootstrap, newTopic } = await kafkaCluster();
  return {
    kafka: { brokers: bootstrap, topic: newTopic(), partitions },
    archive: { url: await database, schema: `log_${++places}` },
  };
}

export function openPlace(
  place: KafkaPlace,
  eventTypes: EventTypes,
  options: Partial<KafkaLogOptions> = {},
): Promise<KafkaEventLog> {
  return openKafkaLog({ ...place, clock: systemClock, eventTypes, sessionTimeoutMs, ...options });
}

/** The place that belongs to a folder, written down in it for other processes. */
export async function placeOfFolder(folder: string): Promise<KafkaPlace> {
  const file = join(folder, 'log.json');
  if (!existsSync(file)) writeFileSync(file, JSON.stringify(await newPlace()));
  return placeSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

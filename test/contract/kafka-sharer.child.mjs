// A process that shares a log on Kafka with others: takes its part of the partitions, and writes down what it is handed.
// Started with the place (kafka-places.ts) as JSON, and its name; prints its partitions whenever they change.
import { Logger } from '@nestjs/common';
import { writeSync } from 'node:fs';
import { eventTypes } from '../../dist/src/capabilities.js';
import { openKafkaLog } from '../../dist/src/event-log/kafka/kafka-log.adapter.js';
import { systemClock } from '../../dist/src/shared/clock.adapter.js';
import { PostgresCheckpoints } from './postgres-checkpoints.mjs';

Logger.overrideLogger(['error', 'fatal']);

const { kafka, archive, sessionTimeoutMs } = JSON.parse(process.argv[2]);
const name = process.argv[3];
const checkpoints = await PostgresCheckpoints.open(archive.url, `${archive.schema}_view`);
const log = await openKafkaLog({ kafka, archive, sessionTimeoutMs, clock: systemClock, eventTypes });
log.subscribe({
  name: 'view',
  checkpoints,
  handle: (batch, tx, partition) => {
    const ids = batch.map(({ event }) => event.id);
    return checkpoints.writeDown(tx, 'view', partition, ids, name);
  },
});

let told = '';
setInterval(() => {
  const partitions = JSON.stringify(log.partitions());
  if (partitions !== told) writeSync(1, `${partitions}\n`);
  told = partitions;
}, 20);

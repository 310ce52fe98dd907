// How the appender opens a log on Kafka: from the build, as a process that only appends and reads. Where the log is is
// in a file of the folder (kafka-log.spec.ts).
import { Logger } from '@nestjs/common';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventTypes } from '../../dist/src/capabilities.js';
import { openKafkaLog } from '../../dist/src/event-log/kafka/kafka-log.adapter.js';
import { systemClock } from '../../dist/src/shared/clock.adapter.js';

Logger.overrideLogger(['error', 'fatal']);

export function openLog(place) {
  const { kafka, archive } = JSON.parse(readFileSync(join(place, 'log.json'), 'utf8'));
  return openKafkaLog({ kafka, archive, clock: systemClock, eventTypes, intake: false });
}

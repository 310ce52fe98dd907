import { WardroundError } from '../../shared/errors.js';
import { asRecordedAt } from '../checked-events.js';
import type { Event } from '../envelope.js';
import { dataSchemaUrn, versionOf } from '../event-types.js';
import { fromKafkaRecord, type ReceivedRecord } from './kafka-record.js';

/** A record as kafkajs hands it over. */
export interface KafkaMessage extends ReceivedRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** As Kafka counts, from 0. */
  readonly offset: string;
}

/** One transaction takes in so much. */
const recordsPerBatch = 2_000;
const bytesPerBatch = 4_000_000;

/** Of the messages that wait, those that one transaction takes in. */
export function nextMessages(waiting: readonly KafkaMessage[]): readonly KafkaMessage[] {
  let bytes = 0;
  const tooMuch = waiting.findIndex((message, at) => {
    bytes += sizeOf(message);
    return at === recordsPerBatch || (at > 0 && bytes > bytesPerBatch);
  });
  return waiting.slice(0, tooMuch === -1 ? waiting.length : tooMuch);
}

/** About how many bytes it takes. */
export function sizeOf({ key, value }: KafkaMessage): number {
  return (key?.length ?? 0) + (value?.length ?? 0);
}

/** @throws WardroundError `event-unreadable` if it is none that could be given back */
export function eventIn(record: ReceivedRecord, where: string): Event {
  const event = fromKafkaRecord(record, where);
  if (event.dataschema !== dataSchemaUrn(event.type, versionOf(event.dataschema))) {
    throw new WardroundError('event-unreadable', `the event at ${where} has the dataschema ${event.dataschema}`);
  }
  return asRecordedAt(event, event.recordedtime);
}

/** Kafka has deleted what the archive lacks: its retention was too short. */
export function eventsLost(partition: number, checkpoint: number, low: number): WardroundError {
  return new WardroundError(
    'event-unreadable',
    `${low - checkpoint} events of partition ${partition} are lost: Kafka has deleted everything before offset ${low}, ` +
      `but the archive has only read up to ${checkpoint}`,
    `This partition is no longer read. If the events cannot be recovered, set its checkpoint in the archive to ${low}, and ` +
      `make the retention of the topic longer than any outage of the database`,
  );
}

/** Kafka has less than the archive. */
export function topicCutOff(partition: number, checkpoint: number, high: number): WardroundError {
  return new WardroundError(
    'event-unreadable',
    `partition ${partition} of the topic ends at offset ${high}, though the archive has read up to ${checkpoint}: ` +
      `the topic was recreated, or its brokers have lost events`,
    'This partition is no longer read. Restore the topic, or use a new one with a new archive',
  );
}

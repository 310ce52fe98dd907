import { WardroundError } from '../../shared/errors.js';
import { envelopeSchema, type Event } from '../envelope.js';

/** An event as it is written to Kafka: structured mode of CloudEvents' Kafka binding, its JSON as the value. */
export interface KafkaRecord {
  /** The event's `partitionkey`. */
  readonly key: string;
  readonly value: string;
  readonly headers: { readonly 'content-type': string };
}

/** A record as it comes from Kafka; kafkajs's messages are such. */
export interface ReceivedRecord {
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, Uint8Array | string | readonly (Uint8Array | string)[] | undefined>>;
}

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md#33-structured-content-mode */
const contentType = 'application/cloudevents+json';
const headers = { 'content-type': `${contentType}; charset=utf-8` };

const storedSchema = envelopeSchema.required({ recordedtime: true });
const utf8 = new TextDecoder('utf-8', { fatal: true });

export function toKafkaRecord(event: Event): KafkaRecord {
  return { key: event.partitionkey, value: JSON.stringify(event), headers };
}

/**
 * The event as it was written: in its type's version of then, not upcast, its data not checked. Attributes that our envelope
 * does not have are omitted.
 * @param where the record lies, for people, e.g. `partition 3, offset 17`
 * @throws WardroundError `event-unreadable`, which says where and why, if the record is not an event of ours
 */
export function fromKafkaRecord(record: ReceivedRecord, where: string): Event {
  const unreadable = (why: string) =>
    new WardroundError('event-unreadable', `the record at ${where} is not a Wardround event: ${why}`);
  if (record.value === null) throw unreadable('it is empty');
  const type = textOf(record.headers?.['content-type']);
  if (!type.toLowerCase().startsWith(contentType)) {
    throw unreadable(`its content-type is ${type === '' ? 'missing' : JSON.stringify(type)}, not ${contentType}`);
  }
  const parsed = storedSchema.safeParse(jsonOf(record.value, unreadable));
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw unreadable(faults.join('; '));
  }
  const { sequence, epoch, causationid, actor, ...rest } = parsed.data;
  return {
    ...rest,
    ...(sequence === undefined ? {} : { sequence }),
    ...(sequence === undefined || epoch === undefined ? {} : { epoch }),
    ...(causationid === undefined ? {} : { causationid }),
    ...(actor === undefined ? {} : { actor }),
  };
}

function textOf(header: Uint8Array | string | readonly (Uint8Array | string)[] | undefined): string {
  if (header === undefined) return '';
  if (typeof header === 'string') return header;
  return header instanceof Uint8Array ? new TextDecoder().decode(header) : textOf(header[0]);
}

function jsonOf(value: Uint8Array, unreadable: (why: string) => WardroundError): unknown {
  try {
    return JSON.parse(utf8.decode(value));
  } catch {
    throw unreadable('its value is not JSON');
  }
}

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Event } from '../envelope.js';
import { fromKafkaRecord, toKafkaRecord } from './kafka-record.js';

const event: Event = {
  specversion: '1.0',
  id: '0199b0c4-6f4e-7000-8000-000000000001',
  source: '/sites/main/servers/reception',
  type: 'checkup.completed',
  subject: '/sites/main/servers/reception/checkups/disk',
  time: '2026-11-22T06:00:00.000Z',
  datacontenttype: 'application/json',
  dataschema: 'urn:wardround:event:checkup.completed:v1',
  data: { status: 'ok', text: 'grün' },
  partitionkey: '/sites/main/servers/reception',
  recordedtime: '2026-11-22T06:00:00.010Z',
};

function received(record: { value: string | null; type?: string | null }) {
  const type = record.type === undefined ? 'application/cloudevents+json; charset=utf-8' : record.type;
  return {
    value: record.value === null ? null : Buffer.from(record.value),
    headers: type === null ? {} : { 'content-type': Buffer.from(type) },
  };
}

describe('an event in a Kafka record', () => {
  it('is CloudEvents JSON under its partition key', () => {
    const record = toKafkaRecord(event);
    expect(record.key).toBe('/sites/main/servers/reception');
    expect(record.headers).toEqual({ 'content-type': 'application/cloudevents+json; charset=utf-8' });
    expect(JSON.parse(record.value)).toEqual(event);
  });

  it('comes back as it was, whatever its data and however it was recorded', () => {
    const optional = fc.record(
      { sequence: fc.constant('0000000000000007'), causationid: fc.uuid(), actor: fc.constant('cli:änne') },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(optional, fc.jsonValue(), (extensions, data) => {
        // JSON knows no -0.
        const given: Event = { ...event, ...extensions, data: JSON.parse(JSON.stringify(data)) };
        expect(fromKafkaRecord(received(toKafkaRecord(given)), 'x')).toEqual(given);
      }),
    );
  });

  it('loses attributes that are not ours', () => {
    const value = JSON.stringify({ ...event, traceparent: '00-1' });
    expect(fromKafkaRecord(received({ value }), 'x')).toEqual(event);
  });

  it.each([
    ['it is empty', { value: null }],
    ['its value is not JSON', { value: 'hello' }],
    ['its content-type is missing, not application/cloudevents+json', { value: '{}', type: null }],
    ['its content-type is "text/plain", not application/cloudevents+json', { value: '{}', type: 'text/plain' }],
    ['expected object', { value: '[]' }],
    ['id: ', { value: JSON.stringify({ ...event, id: '' }) }],
    ['recordedtime: ', { value: JSON.stringify({ ...event, recordedtime: undefined }) }],
  ])('is refused with its place: %s', (why, record) => {
    const read = () => fromKafkaRecord(received(record), 'partition 3, offset 17');
    expect(read).toThrow(expect.objectContaining({ code: 'event-unreadable' }));
    expect(read).toThrow('the record at partition 3, offset 17 is not a Wardround event: ');
    expect(read).toThrow(why);
  });
});

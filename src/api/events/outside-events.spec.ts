import { describe, expect, it } from '@jest/globals';
import { eventTypes } from '../../capabilities.js';
import { fromIso } from '../../shared/instant.js';
import { readBinaryEvent, readJsonEvent } from './cloud-events.js';
import { judgeOutsideEvent } from './outside-events.js';

const now = fromIso('2026-11-22T08:00:00Z');
const receipt = { now, actor: 'api' };

const data = {
  ...{ site: 'main', server: 'reception', checkup: 'raid', plugin: 'raid-probe', status: 'critical' },
  ...{ summary: 'A disk of the RAID has failed', details: '', durationMs: 12, trigger: 'timetable' },
  metrics: [{ name: 'failed', value: 1, unit: '' }],
};
const key = '/sites/main/servers/reception';
const least = { specversion: '1.0', id: 'raid-1', source: key, type: 'checkup.completed', data };

const judge = (event: unknown) => judgeOutsideEvent(readJsonEvent('structured', event), receipt);
/** The faults as `path message`. */
function faultsOf(event: unknown): readonly string[] {
  const judged = judge(event);
  return 'faults' in judged ? judged.faults.map(({ path, message }) => `${path} ${message}`.trim()) : [];
}

describe('an event from outside', () => {
  it('is taken with what its sender may leave out filled in', () => {
    expect(judge(least)).toEqual({
      event: {
        ...{ specversion: '1.0', id: 'raid-1', source: key, type: 'checkup.completed', actor: 'api' },
        ...{ subject: `${key}/checkups/raid`, partitionkey: key, time: '2026-11-22T08:00:00.000Z' },
        ...{ datacontenttype: 'application/json', dataschema: 'urn:wardround:event:checkup.completed:v1', data },
      },
      stated: { site: 'main', server: 'reception', checkup: 'raid' },
    });
  });

  it('is the same when its sender says all of it', () => {
    const whole = {
      ...least,
      ...{ subject: `${key}/checkups/raid`, partitionkey: key, time: '2026-11-22T09:00:00+01:00' },
      ...{ datacontenttype: 'application/json; charset=UTF-8', dataschema: 'urn:wardround:event:checkup.completed:v1' },
    };
    expect(judge(whole)).toEqual(judge(least));
  });

  it('is one that the log takes', () => {
    const judged = judge(least);
    expect('event' in judged ? eventTypes.faultsOf(judged.event) : ['none']).toEqual([]);
  });

  it('keeps nothing that its schema does not know', () => {
    const more = { ...least, traceparent: '00-1', severity: 5, data: { ...data, colour: 'red' } };
    expect(judge(more)).toEqual(judge(least));
  });

  it('S7: has each metric once', () => {
    const twice = (...names: string[]) => ({
      ...least,
      data: { ...data, metrics: names.map((name) => ({ name, value: 1, unit: '' })) },
    });
    expect(faultsOf(twice('free', 'used', 'free'))).toEqual([
      'data.metrics.2.name duplicates data.metrics.0: names must be unique',
    ]);
    expect(faultsOf(twice('free', 'used'))).toEqual([]);
    expect(faultsOf(twice(...Array.from({ length: 200 }, () => 'free')))).toHaveLength(20);
  });

  it.each([
    ['2026-11-22T08:05:00Z', '2026-11-22T08:05:00.000Z'],
    ['2026-11-22T09:04:59.9994+01:00', '2026-11-22T08:04:59.999Z'],
    ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00.000Z'],
  ])('may have happened at %s', (time, kept) => {
    expect(judge({ ...least, time })).toMatchObject({ event: { time: kept } });
  });

  it.each<[string, object, string]>([
    ['of another version', { specversion: '0.3' }, 'specversion must be 1.0'],
    ['without a version', { specversion: null }, 'specversion is missing'],
    ['without an id', { id: undefined }, 'id is missing'],
    ['with an empty id', { id: '' }, 'id must be a text that is not empty'],
    ['with a number as id', { id: 7 }, 'id must be a text that is not empty'],
    ['with a control character', { id: 'a\nb' }, 'id contains a control character or a lone surrogate'],
    ['with half a character', { id: '\ud83d' }, 'id contains a control character or a lone surrogate'],
    ['with a long id', { id: 'x'.repeat(201) }, 'id is longer than 200 characters'],
    ['without a source', { source: null }, 'source is missing'],
    [
      'of a decider',
      { source: '/wardround/rules' },
      'source is not allowed: sources below /wardround/ are reserved for Wardround',
    ],
    ['of another type', { type: 'alarm.raised' }, 'type "alarm.raised" is not allowed: it must be checkup.completed'],
    ['of no type', { type: 'constructor' }, 'type "constructor" is not allowed: it must be checkup.completed'],
    ['of another server', { source: '/sites/main/servers/archive' }, `source must be ${key}, as the data says`],
    ['below its server', { source: `${key}/` }, `source must be ${key}, as the data says`],
    ['of another key', { partitionkey: '/definitions' }, `partitionkey must be ${key}, as the data says`],
    ['about something else', { subject: key }, `subject must be ${key}/checkups/raid, as the data says`],
    ['in XML', { datacontenttype: 'text/xml' }, 'datacontenttype must be application/json'],
    [
      'of a newer version',
      { dataschema: 'urn:wardround:event:checkup.completed:v2' },
      'dataschema must be urn:wardround:event:checkup.completed:v1',
    ],
    [
      'with the schema of another type',
      { dataschema: 'urn:wardround:event:alarm.raised:v1' },
      'dataschema must be urn:wardround:event:checkup.completed:v1',
    ],
    ['at no time', { time: '2026-11-22' }, 'time must be an RFC 3339 time such as 2026-11-22T02:00:00Z'],
    [
      'of the future',
      { time: '2026-11-22T08:05:00.001Z' },
      'time is more than 5 minutes ahead of 2026-11-22T08:00:00.000Z, the current time: set the clock',
    ],
    ['with a sequence', { sequence: '0000000000000001' }, 'sequence must not be set: Wardround sets it'],
    ['with an actor', { actor: 'cli:anna' }, 'actor must not be set: Wardround sets it'],
    ['without data', { data: undefined }, 'data is missing'],
    [
      'with too many values',
      { data: { ...data, metrics: Array.from({ length: 20_000 }, () => 0) } },
      'data has more than 10000 values',
    ],
    ['with other data', { data: 7 }, 'data Invalid input: expected object, received number'],
    ['without a field', { data: { ...data, plugin: undefined } }, 'data.plugin is missing'],
    [
      'with a name that is none',
      { data: { ...data, server: '../../etc' } },
      'data.server must be 1 to 63 lower-case letters, digits and hyphens, and must not start or end with a hyphen',
    ],
    ['with an infinite number', { data: { ...data, durationMs: Infinity } }, 'data.durationMs is too large a number'],
  ])('is refused %s', (_how, change, fault) => {
    expect(faultsOf({ ...least, ...change })).toEqual([fault]);
  });

  it('is told all that is wrong with it', () => {
    expect(faultsOf({ specversion: '1', type: 'x', source: 'y', time: 'z', data_base64: '' })).toEqual([
      'data_base64 is not supported: data must be JSON',
      'specversion must be 1.0',
      'id is missing',
      'time must be an RFC 3339 time such as 2026-11-22T02:00:00Z',
      'type "x" is not allowed: it must be checkup.completed',
      'source must be /sites/<site>/servers/<server>',
    ]);
    expect(faultsOf('text')).toEqual(['is no JSON object']);
  });

  it('is told no more faults than anybody reads', () => {
    const metrics = Array.from({ length: 150 }, () => 0);
    expect(faultsOf({ ...least, data: { ...data, metrics } })).toHaveLength(20);
  });

  it('in the binary mode is told the names of its headers', () => {
    const headers = ['ce-id', '%', 'ce-type', 'checkup.completed', 'ce-specversion', '1.0', 'ce-time', 'now'];
    const judged = judgeOutsideEvent(readBinaryEvent(headers, data), receipt);
    expect(judged).toEqual({
      faults: [
        { path: 'ce-id', message: expect.stringContaining('percent-encoded') },
        { path: 'ce-source', message: 'is missing' },
        { path: 'ce-time', message: expect.stringContaining('RFC 3339') },
      ],
    });
  });
});

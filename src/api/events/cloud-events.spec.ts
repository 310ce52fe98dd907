import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contentModeOf, readBinaryEvent, readJsonEvent } from './cloud-events.js';

describe('the content mode', () => {
  it.each([
    ['application/json', 'binary'],
    ['Application/JSON; charset=UTF-8', 'binary'],
    ['application/cloudevents+json', 'structured'],
    ['application/cloudevents+json; charset="utf-8"', 'structured'],
    ['application/cloudevents-batch+json;charset=utf-8', 'batch'],
    ['application/cloudevents+avro', null],
    ['application/cloudevents', null],
    ['application/json; charset=latin1', null],
    ['text/xml', null],
    ['', null],
  ])('of "%s" is %s', (contentType, mode) => {
    expect(contentModeOf(contentType)).toBe(mode);
  });
});

/** As the binding has it: spaces, quotes, % and all that is not printable ASCII. */
function encoded(text: string): string {
  return [...text].map((letter) => (/^[!#$&-~]$/.test(letter) ? letter : encodeURIComponent(letter))).join('');
}

const sentAs = (value: string) => readBinaryEvent(['CE-Id', value], {});

describe('an event in the binary mode', () => {
  it('has its attributes in headers, whatever their case, and its data in the body', () => {
    const headers = ['Host', 'localhost', 'CE-ID', 'a', 'ce-Source', '/b', 'X-CE-Type', 'no'];
    const sent = readBinaryEvent(headers, { c: 1 });
    expect([...sent.attributes]).toEqual([
      ['id', 'a'],
      ['source', '/b'],
      ['datacontenttype', 'application/json'],
    ]);
    expect(sent).toMatchObject({ mode: 'binary', data: { c: 1 }, unreadable: [] });
  });

  it.each([
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['%e2%82%ac', '€'],
    ['%61b%2F', 'ab/'],
    ['100%25', '100%'],
    ['%2525', '%25'],
    ['a plain space', 'a plain space'],
    ['"quoted \\"text\\" of old"', 'quoted "text" of old'],
    ['"%41"', 'A'],
    ['a"b"', 'a"b"'],
    ['', ''],
  ])('is percent-decoded once: %s', (value, text) => {
    expect(sentAs(value)).toMatchObject({ unreadable: [] });
    expect(sentAs(value).attributes.get('id')).toBe(text);
  });

  it.each([
    ['an overlong encoding', '%C0%A0'],
    ['half of a character', '%ED%A0%80'],
    ['bytes that are no UTF-8', '%FF'],
    ['a % alone', '100%'],
    ['a % before no digits', '%zz'],
    ['letters that are not ASCII', 'caf\u00e9'],
    ['a tab', 'a\tb'],
    ['a quote that does not end', '"a'],
    ['more behind a quote', '"a"b'],
  ])('is refused with %s', (_what, value) => {
    const sent = sentAs(value);
    expect(sent.unreadable).toEqual([{ path: 'ce-id', message: expect.stringContaining('percent-encoded') }]);
    expect(sent.attributes.has('id')).toBe(false);
  });

  it.each([
    [['ce-id', 'a', 'CE-ID', 'a'], 'ce-id', 'is given more than once'],
    [['ce-datacontenttype', 'application/json'], 'ce-datacontenttype', 'is set by Content-Type'],
    [['ce-data', '{}'], 'ce-data', 'is the body'],
    [['ce-trace-id', '1'], 'ce-trace-id', 'is not a valid attribute name'],
    [['ce-__proto__', '1'], 'ce-__proto__', 'is not a valid attribute name'],
    [['ce-', '1'], 'ce-', 'is not a valid attribute name'],
  ])('is refused with the headers %j', (headers, path, message) => {
    expect(readBinaryEvent(headers, {}).unreadable).toEqual([{ path, message: expect.stringContaining(message) }]);
  });

  it('gives back whatever text was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(sentAs(encoded(text)).attributes.get('id')).toBe(text);
      }),
    );
  });

  it('is never anything but read or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (value) => {
        const { attributes, unreadable } = sentAs(value);
        expect(unreadable.length).toBe(attributes.has('id') ? 0 : 1);
      }),
    );
  });
});

describe('an event in JSON', () => {
  it('has its attributes beside its data; null is not set, but may be data', () => {
    const sent = readJsonEvent('structured', { id: 'a', subject: null, trace: 5, data: null });
    expect([...sent.attributes]).toEqual([
      ['id', 'a'],
      ['trace', 5],
    ]);
    expect(sent).toMatchObject({ data: null, unreadable: [] });
    expect(readJsonEvent('structured', { id: 'a' }).data).toBeUndefined();
  });

  it.each([null, 7, 'text', true, [], [{ id: 'a' }]])('is not %j', (value) => {
    expect(readJsonEvent('batch', value).unreadable).toEqual([{ path: '', message: 'is no JSON object' }]);
  });

  it.each([
    [{ data_base64: 'aGk=' }, 'data_base64', 'is not supported: data must be JSON'],
    [{ traceId: '1' }, 'traceId', 'is not a valid attribute name'],
    [{ ['x'.repeat(100_000) + '-']: '1' }, `${'x'.repeat(60)}…`, 'is not a valid attribute name'],
    [JSON.parse('{"__proto__": {"id": "a"}}'), '__proto__', 'is not a valid attribute name'],
  ])('is refused if it is %#', (value, path, message) => {
    const sent = readJsonEvent('structured', value);
    expect(sent.unreadable).toEqual([{ path, message: expect.stringContaining(message) }]);
    expect(sent.attributes.size).toBe(0);
  });
});

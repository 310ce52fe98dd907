import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { ApiDocument } from '../../../test/fixtures/api-document.js';
import { openApiServer, type Answer, type ApiServer, type Question } from '../../../test/fixtures/api-server.js';
import { clinicNow, state } from '../../../test/fixtures/clinic-day.js';
import { checkupDefined, checkupRetired } from '../../checkups/checkups.events.js';
import { serverDefined } from '../../servers/servers.events.js';
import { WardroundError, type ErrorCode } from '../../shared/errors.js';
import { ViewStore } from '../../store/view-store.adapter.js';

let server: ApiServer;
let document: ApiDocument;

beforeAll(async () => {
  server = await openApiServer({ now: clinicNow });
  document = new ApiDocument((await server.ask('GET', '/api/v1/openapi.json')).body);
  const of = { site: 'main', server: 'reception' };
  const definition = { name: 'disk-space', plugin: 'disk-space', every: '1m' };
  await server.tell([
    state(serverDefined, { ...of, definition: { name: 'reception' } }, clinicNow),
    state(serverDefined, { ...of, server: 'archive', definition: { name: 'archive' } }, clinicNow),
    state(checkupDefined, { ...of, checkup: 'raid', definition: { name: 'raid', every: '1m' } }, clinicNow),
    state(checkupDefined, { ...of, checkup: 'disk-space', definition }, clinicNow),
  ]);
});
afterAll(() => server.close());
afterEach(() => {
  jest.restoreAllMocks();
});

/** Sends to the running server. Whatever it answers must be what the document says. */
async function send(question: Question): Promise<Answer> {
  const answer = await server.ask('POST', '/api/v1/events', question);
  expect(document.untruths('POST', '/api/v1/events', answer)).toEqual([]);
  return answer;
}

const structured = { 'content-type': 'application/cloudevents+json' };
const batched = { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' };
const sendOne = (body: unknown) => send({ headers: structured, body });
const sendBatch = (body: unknown) => send({ headers: batched, body });

const key = '/sites/main/servers/reception';
const data = {
  ...{ site: 'main', server: 'reception', checkup: 'raid', plugin: 'raid-probe', status: 'ok' },
  ...{ summary: 'All disks are well', details: '', durationMs: 12, trigger: 'timetable' },
  metrics: [{ name: 'failed', value: 0, unit: '' }],
};
let number = 0;
/** An event with its own id. */
const event = (change: object = {}) => ({
  ...{ specversion: '1.0', id: `raid-${++number}`, source: key, type: 'checkup.completed', data },
  ...change,
});

const listSchema = z.object({ items: z.array(z.looseObject({ id: z.string() })), next: z.string().nullable() });

/** The log as the API gives it back. */
async function stored() {
  const { body } = await server.ask('GET', '/api/v1/events?type=checkup.completed&limit=500');
  return listSchema.parse(body).items;
}
const storedIds = async () => (await stored()).map(({ id }) => id);

describe('an event is taken', () => {
  it('structured, and given back as it is in the log', async () => {
    const sent = event({ time: '2026-11-22T08:59:30+01:00' });
    const answer = await sendOne(sent);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ stored: 1 });
    expect((await stored()).find(({ id }) => id === sent.id)).toEqual({
      ...sent,
      ...{ time: '2026-11-22T07:59:30.000Z', recordedtime: '2026-11-22T08:00:00.000Z', sequence: expect.any(String) },
      epoch: expect.stringMatching(/^1-[a-z0-9]{8}$/),
      ...{ subject: `${key}/checkups/raid`, partitionkey: key, datacontenttype: 'application/json', actor: 'api' },
      dataschema: 'urn:wardround:event:checkup.completed:v1',
    });
  });

  it('binary, its attributes percent-encoded in headers', async () => {
    const headers = {
      ...{ 'ce-specversion': '1.0', 'CE-Type': 'checkup.completed', 'ce-source': key },
      ...{ 'ce-id': 'Pr%C3%BCfung%201', 'ce-traceparent': '00-4bf92f3577b34da6a3ce929d0e0e4736-01' },
    };
    expect((await send({ headers, body: data })).body).toEqual({ stored: 1 });
    expect(await storedIds()).toContain('Prüfung 1');
  });

  it('batched, in order', async () => {
    const batch = Array.from({ length: 20 }, () => event());
    expect((await sendBatch(batch)).body).toEqual({ stored: 20 });
    expect((await storedIds()).slice(-20)).toEqual(batch.map(({ id }) => id));
  });

  it('in the name of the board where a page of it asks', async () => {
    const sent = event();
    await send({ headers: { ...structured, origin: server.url }, body: sent });
    expect((await stored()).find(({ id }) => id === sent.id)).toMatchObject({ actor: 'board' });
  });

  it('also in a batch of none', async () => {
    expect((await sendBatch([])).body).toEqual({ stored: 0 });
  });

  it('once, however often it is sent, and answered alike', async () => {
    const twice = event();
    const answers = [await sendOne(twice), await sendOne(twice), await sendBatch([twice])];
    expect(answers.map(({ status, body }) => ({ status, body }))).toEqual(
      Array(3).fill({ status: 200, body: { stored: 1 } }),
    );
    expect((await storedIds()).filter((id) => id === twice.id)).toHaveLength(1);
  });

  it('once, when many send it at the same time', async () => {
    const same = event();
    const answers = await Promise.all(Array.from({ length: 10 }, () => sendBatch([event(), same])));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect((await storedIds()).filter((id) => id === same.id)).toHaveLength(1);
  });

  it('up to a thousand at once', async () => {
    const batch = Array.from({ length: 1000 }, () => event({ data: { ...data, metrics: [] } }));
    expect((await sendBatch(batch)).body).toEqual({ stored: 1000 });
  });
});

describe('a batch that is not right', () => {
  it('is told each event that is not, and nothing of it is stored', async () => {
    const before = await storedIds();
    const answer = await sendBatch([
      event({ id: 'right' }),
      event({ id: 'wrong-1', data: { ...data, status: 'fine', durationMs: -1 } }),
      7,
      event({ id: 'wrong-2', source: '/wardround/rules' }),
    ]);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      code: 'bad-request',
      detail: expect.stringMatching(/^3 of 4 events not right, nothing was stored: event 1 \("wrong-1"\): data.status/),
      errors: [
        { index: 1, id: 'wrong-1', faults: [{ path: 'data.status' }, { path: 'data.durationMs' }] },
        { index: 2, id: null, faults: [{ path: '', message: 'is no JSON object' }] },
        { index: 3, id: 'wrong-2', faults: [{ path: 'source' }] },
      ],
    });
    expect(await storedIds()).toEqual(before);
  });

  it('is told what is taken, if it is of other types', async () => {
    expect((await sendOne(event({ type: 'backup.completed' }))).body).toMatchObject({
      errors: [
        { index: 0, faults: [{ path: 'type', message: expect.stringContaining('it must be checkup.completed') }] },
      ],
    });
  });

  it.each([[{}], ['"text"'], ['null'], ['7']])('is told so if it is no array but %j', async (body) => {
    const answer = await sendBatch(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ faults: [{ path: 'body', message: 'must be a JSON array of events' }] });
  });

  it('is told so if it is too long', async () => {
    const many = await sendBatch(Array.from({ length: 1001 }, () => 0));
    expect(many.status).toBe(413);
    expect(many.body).toMatchObject({ detail: expect.stringContaining('the maximum is 1000') });
    const large = await sendOne(event({ data: { ...data, details: 'x'.repeat(1024 * 1024) } }));
    expect(large.status).toBe(413);
    expect(large.body).toMatchObject({ detail: expect.stringContaining('1 MiB') });
  });
});

describe('who may state results', () => {
  const about = (change: object) => event({ data: { ...data, ...change } });
  const refused = async (sent: object, ...faults: object[]) => {
    const before = await storedIds();
    const answer = await sendBatch([event({ id: 'right beside it' }), sent]);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({
      ...{ code: 'forbidden', detail: expect.stringMatching(/^1 of 2 events may not be stated, nothing was stored/) },
      errors: [{ index: 1, faults }],
    });
    expect(await storedIds()).toEqual(before);
  };

  it('S6: none of a check-up that Wardround runs itself', async () => {
    const message = expect.stringMatching(/^Wardround runs this check-up with the plugin disk-space/);
    await refused(about({ checkup: 'disk-space' }), { path: 'data.checkup', message });
  });

  it('S6: none of a server that is not defined', async () => {
    const sent = { ...about({ server: 'ghost' }), source: '/sites/main/servers/ghost' };
    const message = 'no server main/ghost is defined; known: main/reception, main/archive';
    await refused(sent, { path: 'data.server', message });
  });

  it('S6: none with the id of another fact', async () => {
    const first = event();
    const time = '2026-11-22T07:00:00Z';
    expect((await sendOne(first)).status).toBe(200);
    for (const other of [{ data: { ...data, status: 'critical' } }, { data: { ...data, summary: 'Other' } }]) {
      const answer = await sendBatch([event({ id: 'beside it' }), { ...first, ...other }]);
      expect(answer.status).toBe(409);
      expect(answer.body).toMatchObject({ code: 'conflict', detail: expect.stringContaining(`"${first.id}"`) });
    }
    expect(await storedIds()).not.toContain('beside it');
    expect((await sendOne(first)).status).toBe(200);
    const timed = event({ time });
    expect((await sendOne(timed)).status).toBe(200);
    expect((await sendOne(timed)).status).toBe(200);
    expect((await sendOne({ ...timed, time: '2026-11-22T07:00:01Z' })).status).toBe(409);
  });

  it('S6 kind: none of a server of that name at another site', async () => {
    const sent = { ...about({ site: 'other' }), source: '/sites/other/servers/reception' };
    await refused(sent, { path: 'data.server', message: expect.stringContaining('no server other/reception') });
  });

  it('S6 kind: none of a check-up that is not defined there, though it is on another server', async () => {
    const sent = { ...about({ server: 'archive' }), source: '/sites/main/servers/archive' };
    const message = 'no check-up raid is defined on main/archive; known: none';
    await refused(sent, { path: 'data.checkup', message });
  });

  it('S6 kind: none with one id twice in a batch for two facts', async () => {
    const one = event();
    expect((await sendBatch([one, { ...one, data: { ...data, status: 'warning' } }])).status).toBe(409);
    expect(await storedIds()).not.toContain(one.id);
    expect((await sendBatch([one, one])).status).toBe(200);
  });

  it('S6 kind: counts as soon as it is defined, and until it is retired', async () => {
    const of = { site: 'main', server: 'reception', checkup: 'ups' };
    const sent = () => about({ checkup: 'ups' });
    expect((await sendOne(sent())).status).toBe(403);
    await server.tell([state(checkupDefined, { ...of, definition: { name: 'ups', every: '1m' } }, clinicNow)]);
    expect((await sendOne(sent())).status).toBe(200);
    await server.tell([state(checkupRetired, of, clinicNow)]);
    expect((await sendOne(sent())).status).toBe(403);
  });

  it('S6 kind: costs no query an event', async () => {
    const find = jest.spyOn(server.app.get(ViewStore).read, 'find');
    for (let times = 0; times < 5; times++) expect((await sendBatch([event(), event()])).status).toBe(200);
    expect(find).not.toHaveBeenCalled();
  });
});

describe('hostile bytes', () => {
  it.each<[string, string | Buffer, number]>([
    ['nothing', '', 400],
    ['half of a text', '{"specversion":', 400],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ['a prototype', '{"__proto__": {"id": "a"}, "specversion": "1.0"}', 400],
    ['the prototype of a constructor', '{"constructor": {"prototype": {"id": "a"}}}', 400],
    ['half a megabyte of brackets', `${'['.repeat(250_000)}${']'.repeat(250_000)}`, 400],
    [
      'brackets as data',
      JSON.stringify(event({ data: 0 })).replace('"data":0', `"data":${'['.repeat(200_000)}${']'.repeat(200_000)}`),
      400,
    ],
    ['a huge number', JSON.stringify(event()).replace('"durationMs":12', '"durationMs":1e400'), 400],
    [
      'a number of a million digits',
      JSON.stringify(event()).replace('"durationMs":12', `"durationMs":1${'0'.repeat(900_000)}`),
      400,
    ],
    ['U+0000', JSON.stringify(event({ data: { ...data, summary: 'a\u0000b' } })), 400],
  ])('of %s are refused, and the server lives', async (_what, body, status) => {
    for (const headers of [structured, batched]) {
      const answer = await send({ headers, body });
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({ code: 'bad-request' });
      expect(answer.text.length).toBeLessThan(10_000);
    }
    expect((await server.ask('GET', '/healthz')).status).toBe(200);
  });

  it('of a thousand events full of faults are answered shortly', async () => {
    const metrics = Array.from({ length: 400 }, () => 0);
    const answer = await sendBatch(
      Array.from({ length: 1000 }, () => ({ type: 'checkup.completed', data: { metrics } })),
    );
    expect(answer.status).toBe(400);
    expect(answer.text.length).toBeLessThan(300_000);
  });

  it.each([
    'text/plain',
    'application/xml',
    'application/cloudevents',
    'application/cloudevents+xml',
    'application/cloudevents+json; charset=latin1',
    'application/x-www-form-urlencoded',
  ])('called %s are refused with what is taken', async (type) => {
    const answer = await send({ headers: { 'content-type': type }, body: JSON.stringify(event()) });
    expect(answer.status).toBe(415);
    expect(answer.body).toMatchObject({ detail: expect.stringContaining('application/cloudevents-batch+json') });
  });

  it('called events are refused where none are taken', async () => {
    const answer = await server.ask('POST', '/api/v1/jobs/records/runs', { headers: structured, body: {} });
    expect(answer.status).toBe(415);
  });

  it('with a parameter that is not known are refused', async () => {
    const answer = await server.ask('POST', '/api/v1/events?dryRun=1', { headers: structured, body: event() });
    expect(answer.body).toMatchObject({ faults: [{ path: 'query.dryRun' }] });
  });

  it('with headers given twice are refused', async () => {
    const headers = { 'ce-specversion': '1.0', 'ce-type': 'checkup.completed', 'ce-source': key, 'ce-id': ['a', 'b'] };
    expect((await send({ headers, body: data })).body).toMatchObject({
      errors: [{ index: 0, faults: [{ path: 'ce-id', message: 'is given more than once' }] }],
    });
  });
});

describe('a log that does not take them', () => {
  it.each<[ErrorCode, number, string | undefined, string]>([
    ['overloaded', 503, '5', 'it went wrong. Mend it'],
    ['outcome-unknown', 503, '5', 'Send the same events again with the same ids'],
    [
      'unreachable',
      503,
      '5',
      'the event log is not available: it went wrong. Send the same events again with the same ids',
    ],
    ['log-closed', 503, '5', 'it went wrong'],
    ['no-space', 507, undefined, 'it went wrong'],
    ['event-invalid', 400, undefined, 'it went wrong'],
  ])('for being %s is told with %i', async (code, status, retryAfter, detail) => {
    jest.spyOn(server.log, 'append').mockRejectedValueOnce(new WardroundError(code, 'it went wrong', 'Mend it'));
    const answer = await sendOne(event());
    expect(answer.status).toBe(status);
    expect(answer.headers['retry-after']).toBe(retryAfter);
    expect(answer.body).toMatchObject({ detail: expect.stringContaining(detail) });
  });

  it('for being slow is not sent more than it may hold, and then takes them again', async () => {
    let takes: () => void = () => undefined;
    const slow = new Promise<never[]>((resolve) => {
      takes = () => resolve([]);
    });
    const append = jest.spyOn(server.log, 'append').mockReturnValue(slow);
    const small = { ...data, metrics: [] };
    const waiting = Array.from({ length: 10 }, () =>
      sendBatch(Array.from({ length: 1000 }, () => event({ data: small }))),
    );
    while (append.mock.calls.length < 10) await new Promise((resolve) => setTimeout(resolve, 5));
    const refused = await sendOne(event());
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.body).toMatchObject({ code: 'too-many-requests' });
    takes();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect((await sendOne(event())).status).toBe(200);
  });
});

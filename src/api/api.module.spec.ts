import { fileOfTheLog } from '../definitions/managed-by.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiDocument } from '../../test/fixtures/api-document.js';
import { openApiServer, token, type Answer, type ApiServer, type Question } from '../../test/fixtures/api-server.js';
import { clinicDay, clinicNow, result, state } from '../../test/fixtures/clinic-day.js';
import { z } from 'zod';
import { checkupDefined, checkupRetired } from '../checkups/checkups.events.js';
import { clockJumped } from '../clock/clock.events.js';
import { fact } from '../event-log/statement.js';
import { WardroundError, type ErrorCode } from '../shared/errors.js';
import { errorsOf } from './openapi/openapi.js';
import { allRoutes } from './routes.js';

let server: ApiServer;
let document: ApiDocument;

beforeAll(async () => {
  server = await openApiServer({ now: clinicNow });
  await server.tell(clinicDay());
  document = new ApiDocument((await server.ask('GET', '/api/v1/openapi.json')).body);
});
afterAll(() => server.close());
beforeEach(() => {
  server.standIns.asked.length = 0;
  server.standIns.failNext = null;
});

/** Asks the running server. Whatever it answers must be what the document says. */
async function ask(method: string, path: string, question: Question = {}): Promise<Answer> {
  const answer = await server.ask(method, path, question);
  expect(document.untruths(method, path, answer)).toEqual([]);
  return answer;
}

const get = async (path: string) => (await ask('GET', `/api/v1/${path}`)).body;
const post = (path: string, body: unknown = {}) => ask('POST', `/api/v1/${path}`, { body });
const withToken = { authorization: `Bearer ${token}` };
const postWithToken = (path: string, body: unknown = {}) =>
  ask('POST', `/api/v1/${path}`, { body, headers: withToken });

const pageSchema = z.object({ items: z.array(z.record(z.string(), z.unknown())), next: z.string().nullable() });
const itemsOf = (body: unknown) => pageSchema.parse(body).items;
const nextOf = (body: unknown) => pageSchema.parse(body).next;
/** A field of each item of a list. */
const column = (body: unknown, name: string) => itemsOf(body).map((item) => item[name]);

/** A column of all pages. */
async function allPages(path: string, name: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let cursor: unknown = ''; cursor !== null;) {
    const body = await get(`${path}${typeof cursor === 'string' && cursor !== '' ? `&cursor=${cursor}` : ''}`);
    found.push(...column(body, name));
    cursor = nextOf(body);
  }
  return found;
}

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.object({
      get: z
        .object({
          parameters: z
            .array(z.object({ name: z.string(), schema: z.looseObject({ pattern: z.string().optional() }) }))
            .optional(),
        })
        .optional(),
    }),
  ),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

describe('the API tells', () => {
  it('of servers the worst that is known, and unknown where no one looked', async () => {
    expect(await get('servers')).toEqual({
      items: [
        {
          ...{ site: 'main', name: 'reception', title: 'Reception', status: 'critical' },
          managedBy: fileOfTheLog,
          ...{ because: 'backup-failed', since: '2026-11-21T08:03:12.000Z' },
          checkups: { ok: 1, warning: 0, critical: 0, unknown: 2 },
          openAlarms: { warning: 2, critical: 0, unacknowledged: 1 },
          jobs: { defined: 2, running: 1 },
        },
        {
          ...{ site: 'main', name: 'archive', title: 'archive', status: 'unknown' },
          managedBy: fileOfTheLog,
          ...{ because: 'nothing-watched', since: null },
          checkups: { ok: 0, warning: 0, critical: 0, unknown: 0 },
          openAlarms: { warning: 0, critical: 0, unacknowledged: 0 },
          jobs: { defined: 0, running: 0 },
        },
      ],
      next: null,
    });
  });

  it('of check-ups what may be said now, and why', async () => {
    expect(itemsOf(await get('checkups'))).toMatchObject([
      { id: 'main.reception.disk-space', status: 'ok', because: 'looked', newest: { status: 'ok' } },
      { id: 'main.reception.memory', status: 'unknown', because: 'overdue', newest: { status: 'ok' } },
      { id: 'main.reception.load', status: 'unknown', because: 'never-looked', newest: null },
    ]);
  });

  it('of a check-up its history, newest first, also when it was retired', async () => {
    expect(column(await get('checkups/main.reception.disk-space/history'), 'time')).toEqual([
      '2026-11-22T07:59:00.000Z',
      '2026-11-22T07:58:00.000Z',
      '2026-11-22T07:57:00.000Z',
    ]);
    expect(column(await get('checkups/main.reception.load/history'), 'time')).toEqual([]);
    expect(column(await get('checkups/main.reception.certificate/history'), 'status')).toEqual(['ok']);
  });

  it('of jobs their last runs and the next planned start', async () => {
    expect(itemsOf(await get('jobs'))).toMatchObject([
      {
        ...{ name: 'records', title: 'Patient records', sources: ['files'], destinations: ['local-copy', 'second'] },
        // 02:00 in Berlin is 01:00 UTC in winter.
        nextPlanned: '2026-11-23T01:00:00.000Z',
        running: { runId: 'run-in-hand', percent: 41.5 },
        lastRun: { runId: 'run-in-hand' },
        lastSuccess: { runId: 'run-2-days-ago' },
      },
      { name: 'on-demand', nextPlanned: null, running: null, lastRun: null, lastSuccess: null },
    ]);
  });

  it('of runs those of a job or an outcome, newest first', async () => {
    const all = ['run-in-hand', 'run-failed', 'run-2-days-ago', 'run-3-days-ago', 'run-4-days-ago'];
    expect(column(await get('runs'), 'runId')).toEqual(all);
    expect(column(await get('runs?job=records'), 'runId')).toEqual(all);
    expect(column(await get('runs?job=images'), 'runId')).toEqual([]);
    expect(column(await get('runs?outcome=failed'), 'runId')).toEqual(['run-failed']);
    expect(column(await get('runs?outcome=running&job=records'), 'runId')).toEqual(['run-in-hand']);
  });

  it('of a run its protocol, and what came after a line', async () => {
    expect(await get('runs/run-2-days-ago')).toMatchObject({
      outcome: 'succeeded',
      protocol: { lines: [{ number: 1 }, { number: 2, text: 'vanished' }, { number: 3 }], lastLine: 3, more: false },
    });
    expect(await get('runs/run-2-days-ago?limit=2')).toMatchObject({ protocol: { lastLine: 2, more: true } });
    expect(await get('runs/run-2-days-ago?afterLine=2')).toMatchObject({
      protocol: { lines: [{ number: 3 }], lastLine: 3, more: false },
    });
    expect(await get('runs/run-2-days-ago?afterLine=3')).toMatchObject({
      protocol: { lines: [], lastLine: 3, more: false },
    });
    expect(await get('runs/run-failed')).toMatchObject({ error: { code: 'no-space' } });
  });

  it('of snapshots, alarms and messages, each narrowed as asked', async () => {
    expect(column(await get('snapshots'), 'destination')).toEqual(['local-copy']);
    expect(column(await get('snapshots?job=images'), 'destination')).toEqual([]);
    expect(column(await get('alarms'), 'state')).toEqual(['raised', 'acknowledged', 'cleared']);
    expect(column(await get('alarms?open=true'), 'state')).toEqual(['raised', 'acknowledged']);
    expect(column(await get('alarms?open=false'), 'state')).toEqual(['cleared']);
    expect(column(await get('messages'), 'state')).toEqual(['waiting', 'failed', 'delivered']);
    expect(column(await get('messages?state=delivered'), 'text')).toEqual(['The backup failed.']);
  });

  it('that it is well, and what is wrong in the configuration', async () => {
    expect((await ask('GET', '/healthz')).body).toEqual({ status: 'ok' });
    expect((await ask('GET', '/readyz')).body).toEqual({ status: 'ready' });
    expect(await get('configuration')).toMatchObject({ problems: [{ line: 12, path: 'backups[0].at' }] });
  });
});

describe('the API tells of the process', () => {
  it('what it is, and how those get on who go through the log', async () => {
    expect(await get('system')).toMatchObject({
      ...{ role: 'standalone', engines: { eventLog: 'sqlite', views: 'sqlite' }, computer: 'RECEPTION-PC' },
      ...{ uptimeSeconds: 0, partitions: [0], outboxWaiting: 0, messagesWaiting: 1 },
      parts: [
        { name: 'the event log', trouble: null },
        { name: 'the views', trouble: null },
      ],
      consumers: [{ name: 'views', state: 'current', lag: 0, parked: 0, lastError: null, since: null }],
    });
  });
});

describe('a list', () => {
  it.each([
    ['servers', 'name'],
    ['checkups', 'id'],
    ['checkups/main.reception.disk-space/history', 'time'],
    ['jobs', 'name'],
    ['runs', 'runId'],
    ['runs?job=records', 'runId'],
    ['snapshots', 'snapshot'],
    ['alarms', 'alarmId'],
    ['messages', 'messageId'],
    ['events', 'id'],
    ['events?type=checkup.completed', 'id'],
  ])('of %s is the same page by page as at once', async (path, name) => {
    const question = path.includes('?') ? `${path}&` : `${path}?`;
    const atOnce = column(await get(`${question}limit=500`), name);
    expect(atOnce.length).toBeGreaterThan(0);
    expect(await allPages(`${question}limit=1`, name)).toEqual(atOnce);
    expect(await allPages(`${question}limit=2`, name)).toEqual(atOnce);
  });

  it('say in the document which form a cursor has, and refuse any other', async () => {
    const { paths, components } = documentSchema.parse(await get('openapi.json'));
    const lists = Object.values(paths).flatMap(({ get: list }) =>
      (list?.parameters ?? []).filter(({ name }) => name === 'cursor').map(({ schema }) => schema.pattern),
    );
    expect(lists).toHaveLength(11);
    expect(new Set(lists)).toEqual(new Set([String.raw`^[A-Za-z0-9_-]+$`]));
    expect(JSON.stringify(components.schemas['listRunsAnswer'])).toContain('"pattern":"^[A-Za-z0-9_-]+$"');
    for (const cursor of ['%25%25', 'YQ%3D%3D', '+', '%C3%A9']) {
      const answer = await ask('GET', `/api/v1/runs?cursor=${cursor}`);
      expect(answer.body).toMatchObject({ code: 'bad-request', faults: [{ path: 'query.cursor' }] });
    }
  });

  it.each([
    ['made up', 'runs?cursor=bm9uc2Vuc2U'],
    ['of another list', 'alarms?cursor=CURSOR'],
    ['of other filters', 'runs?job=records&cursor=CURSOR'],
    ['altered', 'runs?cursor=xCURSOR'],
  ])('refuses a cursor that is %s, and says so', async (_how, path) => {
    const cursor = nextOf(await get('runs?limit=1'));
    const answer = await ask('GET', `/api/v1/${path.replace('CURSOR', String(cursor))}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      code: 'bad-request',
      detail: expect.stringContaining('invalid cursor'),
    });
  });
});

describe('the events', () => {
  it('are told as CloudEvents, oldest first', async () => {
    expect(itemsOf(await get('events?limit=1'))).toEqual([
      {
        ...{ specversion: '1.0', type: 'server.defined', source: '/sites/main/servers/reception', actor: 'timetable' },
        ...{ datacontenttype: 'application/json', dataschema: 'urn:wardround:event:server.defined:v2' },
        ...{ subject: '/sites/main/servers/reception/test', partitionkey: '/sites/main/servers/reception' },
        ...{ time: '2026-11-21T08:00:00.000Z', recordedtime: '2026-11-22T08:00:00.000Z', sequence: '0000000000000001' },
        epoch: expect.stringMatching(/^1-[a-z0-9]{8}$/),
        id: expect.any(String),
        data: {
          ...{ site: 'main', server: 'reception', definition: { name: 'reception', title: 'Reception' } },
          managedBy: fileOfTheLog,
        },
      },
    ]);
  });

  it('are narrowed by source, type and time', async () => {
    expect(column(await get('events?source=/wardround/rules'), 'type')).toEqual(Array(3).fill('alarm.raised'));
    expect(column(await get('events?type=alarm.cleared'), 'time')).toEqual(['2026-11-22T07:52:00.000Z']);
    const morning = 'events?type=checkup.completed&since=2026-11-22T08:57:00%2B01:00&until=2026-11-22T07:59:00Z';
    expect(column(await get(morning), 'time')).toEqual(['2026-11-22T07:57:00.000Z', '2026-11-22T07:58:00.000Z']);
  });

  it('are followed with wait, from the end on, without missing or repeating one', async () => {
    const path = 'events?type=checkup.completed&wait=0';
    const beginning = await get(path);
    const end = nextOf(beginning);
    expect(column(await get(`${path}&cursor=${String(end)}`), 'id')).toEqual([]);

    const waiting = get(`events?type=checkup.completed&wait=30&cursor=${String(end)}`);
    await server.tell([result('load', 'ok', clinicNow)]);
    const followed = await waiting;
    expect(column(followed, 'time')).toEqual(['2026-11-22T08:00:00.000Z']);
    expect(column(await get(`${path}&cursor=${String(nextOf(followed))}`), 'id')).toEqual([]);
  });

  it('say that there is no more by a next of null, unless they are followed', async () => {
    expect(nextOf(await get('events?limit=500'))).toBeNull();
    expect(nextOf(await get('events?limit=1'))).toEqual(expect.any(String));
  });

  it('continue behind a cursor after a restart', async () => {
    const before = await get('events?limit=3');
    const { folder } = server;
    await server.close();
    server = await openApiServer({ now: clinicNow, folder });
    const after = await get(`events?limit=500&cursor=${String(nextOf(before))}`);
    const all = await get('events?limit=500');
    expect([...column(before, 'id'), ...column(after, 'id')]).toEqual(column(all, 'id'));
  });
});

describe('a change', () => {
  it('starts a run and says where it is to be seen', async () => {
    const answer = await post('jobs/records/runs');
    expect(answer.status).toBe(202);
    expect(answer.headers.location).toBe('/api/v1/runs/run-started');
    const job = { site: 'main', server: 'reception', job: 'records' };
    expect(answer.body).toEqual({ runId: 'run-started', ...job, href: '/api/v1/runs/run-started' });
    const request = { job: 'records', trigger: 'person', plannedFor: null, actor: 'api' };
    expect(server.standIns.asked).toEqual([{ what: 'start', request }]);
  });

  it('needs no body, only its content type', async () => {
    expect((await ask('POST', '/api/v1/jobs/records/runs', { body: '' })).status).toBe(202);
    expect((await ask('POST', '/api/v1/jobs/records/runs')).status).toBe(202);
  });

  it('stores the events that are sent', async () => {
    const raid = { site: 'main', server: 'reception', checkup: 'raid' };
    await server.tell([state(checkupDefined, { ...raid, definition: { name: 'raid', every: '1m' } }, clinicNow)]);
    const { id, ...rest } = { ...result('raid', 'ok', clinicNow), partitionkey: null, subject: null, actor: null };
    const headers = { 'content-type': 'application/cloudevents+json' };
    const answer = await ask('POST', '/api/v1/events', { headers, body: { id, ...rest } });
    expect(answer.body).toEqual({ stored: 1 });
    expect(column(await get('checkups/main.reception.raid/history'), 'eventId')).toEqual([id]);
    const other = { id, ...rest, time: '2026-11-22T07:00:00Z' };
    expect((await ask('POST', '/api/v1/events', { headers, body: other })).status).toBe(409);
  });

  it('runs a check-up and answers with its result', async () => {
    expect((await post('checkups/main.reception.disk-space/runs')).body).toMatchObject({
      ...{ id: 'main.reception.disk-space', status: 'ok', summary: '40 % free' },
      href: '/api/v1/checkups/main.reception.disk-space/history',
    });
  });

  it('answers about one job and one check-up by their whole addresses', async () => {
    const onServer = 'sites/main/servers/reception';
    expect(await get(`${onServer}/jobs/records`)).toMatchObject({ name: 'records', address: 'main/reception/records' });
    const checkup = { id: 'main.reception.disk-space', address: 'main/reception/disk-space' };
    expect(await get(`${onServer}/checkups/disk-space`)).toMatchObject(checkup);
    expect(await get(`${onServer}/checkups/disk-space/history`)).toEqual(
      await get('checkups/main.reception.disk-space/history'),
    );
    expect((await post(`${onServer}/checkups/disk-space/runs`)).body).toMatchObject({ id: checkup.id });
    expect((await post(`${onServer}/jobs/records/runs`)).status).toBe(202);
    expect(server.standIns.asked).toMatchObject([
      { what: 'run-checkup', request: { id: checkup.id } },
      { what: 'start', request: { job: 'main/reception/records' } },
    ]);
  });

  it('names the candidates where a name calls several things', async () => {
    const definition = { name: 'twin', every: '1m' };
    const twins = ['main', 'north'].map((site) => ({ site, server: 'reception', checkup: 'twin' }));
    await server.tell(twins.map((twin) => state(checkupDefined, { ...twin, definition }, clinicNow)));
    const answer = await ask('GET', '/api/v1/checkups/twin/history');
    expect(answer.status).toBe(409);
    const candidates = ['main/reception/twin', 'north/reception/twin'];
    expect(answer.body).toMatchObject({ code: 'conflict', candidates });
    expect((await ask('GET', '/api/v1/checkups/north%2Freception%2Ftwin/history')).status).toBe(200);
    const ids = async (query: string) => column(await get(`checkups?${query}`), 'id');
    expect(await ids('site=north')).toEqual(['north.reception.twin']);
    expect(await ids('server=north/reception')).toEqual(['north.reception.twin']);
    expect(await ids('server=reception')).toEqual(
      expect.arrayContaining(['main.reception.twin', 'north.reception.twin']),
    );
    await server.tell(twins.map((twin) => state(checkupRetired, twin, clinicNow)));
  });

  it('accepts a suspicious run, with the token only', async () => {
    expect((await post('runs/run-failed/accept', { note: 'moved' })).status).toBe(401);
    expect((await postWithToken('runs/run-failed/accept', { note: 'moved' })).body).toMatchObject({
      runId: 'run-failed',
    });
    expect((await postWithToken('runs/nowhere/accept')).status).toBe(404);
    server.standIns.failNext = new WardroundError('conflict', 'the run is succeeded');
    expect((await postWithToken('runs/run-failed/accept')).status).toBe(409);
  });

  it('confirms a clock that jumped, with the token only, and only then', async () => {
    expect((await postWithToken('clock/confirm')).status).toBe(409);
    const moments = { expected: '2026-11-22T08:00:00.000Z', shown: '2026-11-23T08:00:00.000Z', ms: 86_400_000 };
    const jump = { computer: 'RECEPTION-PC', against: 'steady-clock', ...moments } as const;
    await server.tell([
      fact(clockJumped, {
        ...{ source: '/wardround/installation', subject: '/installations/i/clock', partitionkey: '/definitions' },
        ...{ data: { installation: 'i', ...jump }, now: clinicNow },
      }),
    ]);
    expect(await get('system')).toMatchObject({ clockJumps: [jump] });
    expect((await post('clock/confirm')).status).toBe(401);
    expect((await postWithToken('clock/confirm', { note: 'checked' })).body).toMatchObject({ confirmed: [jump] });
    expect(await get('system')).toMatchObject({ clockJumps: [] });
  });

  it('F32: dismisses a message that could not be delivered, once, in the name of the first', async () => {
    expect(await get('system')).toMatchObject({ undelivered: [{ group: 'staff', messageId: 'message-failed' }] });
    const dismissed = { messageId: 'message-failed', state: 'failed', dismissedBy: 'api' };
    const first = await post('messages/message-failed/dismiss', { note: 'telephoned' });
    expect(first.body).toMatchObject(dismissed);
    expect((await post('messages/message-failed/dismiss')).body).toEqual(first.body);
    expect(await get('system')).toMatchObject({ undelivered: [] });
    expect((await post('messages/message-delivered/dismiss')).status).toBe(409);
    expect((await post('messages/none/dismiss')).status).toBe(404);
  });

  it('acknowledges an alarm once, in the name and words of the first', async () => {
    const first = await post('alarms/alarm-raised/acknowledge', { note: 'I see to it' });
    const acknowledged = { state: 'acknowledged', acknowledgedBy: 'api', note: 'I see to it' };
    expect(first.body).toMatchObject({ alarmId: 'alarm-raised', ...acknowledged });
    expect((await post('alarms/alarm-raised/acknowledge', { note: 'me too' })).body).toMatchObject(acknowledged);
    expect((await post('alarms/alarm-cleared/acknowledge')).status).toBe(409);
  });

  it('restores, applies and rebuilds for those who have the token', async () => {
    const restored = await postWithToken('jobs/records/restores', { to: '/srv/restored', destination: 'second' });
    expect(restored.body).toMatchObject({ job: 'records', to: '/srv/restored', files: 3 });
    expect((await postWithToken('configuration/apply', { dryRun: true })).body).toMatchObject({ dryRun: true });
    expect((await postWithToken('configuration/apply')).body).toMatchObject({ dryRun: false, outcome: 'applied' });
    expect((await postWithToken('views/rebuild', { view: 'alarms' })).body).toEqual({
      views: [{ name: 'alarms', rowsChanged: 0 }],
    });
    const ofServer = 'sites/main/servers/reception/jobs/records/restores';
    expect((await postWithToken(ofServer, { to: '/srv/restored' })).status).toBe(200);
    expect((await post(ofServer, { to: '/srv/restored' })).status).toBe(401);
    expect(server.standIns.asked).toMatchObject([
      { what: 'restore', request: { job: 'records', to: '/srv/restored', destination: 'second', actor: 'api' } },
      { what: 'apply', request: { dryRun: true } },
      { what: 'apply', request: { dryRun: false } },
      { what: 'restore', request: { job: 'main/reception/records', to: '/srv/restored' } },
    ]);
  });

  it.each([
    ['no token', {}],
    ['another token', { authorization: 'Bearer another' }],
    ['the token in another scheme', { authorization: `Basic ${token}` }],
    ['half of the token', { authorization: `Bearer ${token.slice(0, 8)}` }],
  ])('that needs the token is refused with %s', async (_what, headers) => {
    const ofParked = ['parked/retry', 'parked/views.0.0.1/discard'];
    for (const path of ['jobs/records/restores', 'configuration/apply', 'views/rebuild', ...ofParked]) {
      const answer = await ask('POST', `/api/v1/${path}`, { body: {}, headers });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(answer.body).toMatchObject({ code: 'unauthorized', detail: expect.stringContaining('process.json') });
    }
    expect(server.standIns.asked).toEqual([]);
  });

  it('is asked for in the name of whom the holder of the token names, or of the board', async () => {
    const path = '/api/v1/jobs/records/runs';
    await ask('POST', path, { headers: { ...withToken, 'wardround-actor': 'cli:anna' } });
    await ask('POST', path, { headers: { origin: server.url } });
    expect(server.standIns.asked).toMatchObject([{ request: { actor: 'cli:anna' } }, { request: { actor: 'board' } }]);
    expect((await ask('POST', path, { headers: { 'wardround-actor': 'cli:anna' } })).status).toBe(401);
    const made = await ask('POST', path, { headers: { ...withToken, 'wardround-actor': 'timetable' } });
    expect(made.body).toMatchObject({ faults: [{ path: 'header.wardround-actor', message: 'must be cli:<user>' }] });
  });
});

describe('parked events', () => {
  /** The results of a check-up on their own server: the views refuse the first. */
  beforeEach(async () => {
    await server.tell([1, 2, 3].map((second) => result(`parked-${second}`, 'ok', clinicNow + second)));
    const head = (await server.log.head()).get(0) ?? 0;
    for await (const batch of server.log.read({ after: new Map([[0, head - 3]]) })) await server.park(batch);
  });
  afterEach(async () => {
    await postWithToken('parked/retry');
    while (itemsOf(await get('parked')).length > 0) await sleep(10);
  });
  const ids = async (filters = '') => column(await get(`parked?${filters}`), 'id').map(String);

  it('are listed in their order, page by page, and narrowed', async () => {
    const [first, second] = itemsOf(await get('parked'));
    expect(first).toMatchObject({
      ...{ subscription: 'views', partition: 0, type: 'checkup.completed', error: 'the fold has a fault', attempts: 6 },
      ...{ partitionkey: '/sites/main/servers/reception', askedAt: null, parkedAt: '2026-11-22T08:00:00.000Z' },
    });
    expect(second).toMatchObject({ error: null, attempts: 0 });
    expect(await ids()).toHaveLength(3);
    expect(await ids('subscription=rules')).toEqual([]);
    expect(await ids('partitionkey=/sites/main/servers/archive')).toEqual([]);
    expect(await allPages('parked?limit=1', 'id')).toEqual(await ids());
  });

  it('are shown with the event itself', async () => {
    const [id = ''] = await ids();
    expect(await get(`parked/${id}`)).toMatchObject({
      ...{ id, href: `/api/v1/parked/${id}` },
      event: { type: 'checkup.completed', data: { checkup: 'parked-1' } },
    });
  });

  it('are tried again, all of a key, also from the board', async () => {
    const [, second = ''] = await ids();
    const answer = await ask('POST', `/api/v1/parked/${second}/retry`, { headers: { origin: server.url } });
    expect([answer.status, answer.body]).toEqual([202, { asked: 3 }]);
    while ((await ids()).length > 0) await sleep(10);
    expect((await ask('GET', `/api/v1/parked/${second}`)).status).toBe(404);
  });

  it('are tried again by subscription and key', async () => {
    expect((await postWithToken('parked/retry', { subscription: 'rules' })).body).toEqual({ asked: 0 });
    const partitionkey = '/sites/main/servers/reception';
    expect((await postWithToken('parked/retry', { partitionkey })).body).toEqual({ asked: 3 });
  });

  it('are discarded with a reason, which the log keeps', async () => {
    const [first = '', second = ''] = await ids();
    expect((await postWithToken(`parked/${second}/discard`, { reason: 'not needed' })).body).toMatchObject({
      ...{ code: 'conflict', status: 409 },
      detail: expect.stringContaining('queued behind another event'),
    });
    expect((await postWithToken(`parked/${first}/discard`, { reason: ' ' })).body).toMatchObject({
      faults: [{ path: 'body.reason' }],
    });
    const headers = { ...withToken, 'wardround-actor': 'cli:kern' };
    const body = { reason: 'a test of the probe' };
    expect((await ask('POST', `/api/v1/parked/${first}/discard`, { headers, body })).body).toEqual({ asked: 2 });
    const said = itemsOf(await get('events?type=event.discarded&limit=500')).at(-1);
    expect(said).toMatchObject({
      ...{ actor: 'cli:kern', time: '2026-11-22T08:00:00.000Z' },
      data: { subscription: 'views', type: 'checkup.completed', reason: 'a test of the probe' },
    });
  });

  it('that are none are said to be none', async () => {
    for (const id of ['views.0.0.999999', 'nonsense']) {
      const answers = [
        await ask('GET', `/api/v1/parked/${id}`),
        await postWithToken(`parked/${id}/retry`),
        await postWithToken(`parked/${id}/discard`, { reason: 'x' }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    }
  });
});

describe('a wrong request is told what is wrong and what would be right', () => {
  it.each([
    ['runs?limit=0', 'query.limit', 'must be a whole number from 1 to 500'],
    ['runs?limit=501', 'query.limit', 'must be a whole number from 1 to 500'],
    ['runs?limit=', 'query.limit', 'must be a whole number from 1 to 500'],
    ['runs?limit=1e2', 'query.limit', 'must be a whole number from 1 to 500'],
    ['runs?limit=1&limit=2', 'query.limit', 'is given more than once'],
    [
      'runs?outcome=good',
      'query.outcome',
      'Invalid option: expected one of "running"|"succeeded"|"suspicious"|"failed"|"captured"',
    ],
    ['runs?jobs=records', 'query.jobs', 'is unknown; known: job, site, server, outcome, limit, cursor'],
    ['servers?constructor=1', 'query.constructor', 'is unknown; known: site, server, limit, cursor'],
    ['alarms?open=yes', 'query.open', 'must be true or false'],
    ['events?type=backup.begun', 'query.type', '"backup.begun" is not an event type'],
    ['events?wait=31', 'query.wait', 'must be a whole number from 0 to 30'],
    ['configuration?verbose=1', 'query.verbose', 'is unknown; none is allowed here'],
  ])('%s: %s %s', async (path, where, message) => {
    const answer = await ask('GET', `/api/v1/${path}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'bad-request', faults: [{ path: where, message }] });
  });

  it('about times that lost the + of their offset', async () => {
    const answer = await ask('GET', '/api/v1/events?since=2026-11-22T02:00:00+01:00');
    expect(answer.body).toMatchObject({ faults: [{ path: 'query.since', message: expect.stringContaining('%2B') }] });
  });

  it('about everything at once', async () => {
    const answer = await ask('GET', '/api/v1/runs?limit=x&outcome=good&colour=red');
    expect(answer.body).toMatchObject({
      type: 'urn:wardround:error:bad-request',
      faults: [{ path: 'query.outcome' }, { path: 'query.limit' }, { path: 'query.colour' }],
    });
  });

  it.each([
    [{}, 'body.to', 'is missing'],
    [{ to: 5 }, 'body.to', 'Invalid input: expected string, received number'],
    [{ to: '/x', from: '/y' }, 'body.from', 'is unknown; known: to, snapshot, destination'],
    [[], 'body', 'Invalid input: expected object, received array'],
    ['"text"', 'body', 'Invalid input: expected object, received string'],
    ['7', 'body', 'Invalid input: expected object, received number'],
  ])('about the body %j: %s %s', async (body, path, message) => {
    const answer = await postWithToken('jobs/records/restores', body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ faults: [{ path, message }] });
  });

  it.each([
    ['runs/unknown', 'there is no run "unknown"'],
    ['sites/main/servers/reception/jobs/unknown', 'unknown backup job "main/reception/unknown"; known: '],
    ['sites/main/servers/reception/checkups/unknown', 'unknown check-up "main/reception/unknown"; known: '],
    ['sites/main/servers/reception/checkups/unknown/history', 'there is no check-up "main.reception.unknown"'],
    ['checkups/unknown/history', 'unknown check-up "unknown"; known: '],
  ])('about GET %s', async (path, detail) => {
    const answer = await ask('GET', `/api/v1/${path}`);
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ code: 'not-found', detail: expect.stringContaining(detail) });
  });

  it('about what does not exist and is to be changed', async () => {
    expect((await post('checkups/unknown/runs')).status).toBe(404);
    expect((await post('sites/main/servers/reception/checkups/unknown/runs')).status).toBe(404);
    expect((await post('alarms/unknown/acknowledge')).status).toBe(404);
    expect((await postWithToken('views/rebuild', { view: 'unknown' })).status).toBe(404);
  });
});

describe('a failure of what the API asks', () => {
  const ofStart = [
    'not-found',
    'conflict',
    'configuration-invalid',
    'plugin-failed',
    'no-space',
    'log-closed',
  ] as const;
  const ofRestore = ['not-found', 'conflict', 'destination-unusable', 'verification-failed', 'no-space'] as const;
  const ofCheckup = ['conflict', 'plugin-invalid', 'plugin-timed-out', 'cancelled'] as const;
  const onServer = 'sites/main/servers/reception';
  const cases: readonly [string, readonly ErrorCode[]][] = [
    ['jobs/records/runs', ofStart],
    [`${onServer}/jobs/records/runs`, ofStart],
    ['jobs/records/restores', ofRestore],
    [`${onServer}/jobs/records/restores`, ofRestore],
    ['checkups/main.reception.disk-space/runs', ofCheckup],
    [`${onServer}/checkups/disk-space/runs`, ofCheckup],
    ['configuration/apply', ['conflict', 'configuration-invalid', 'outcome-unknown']],
  ];

  it.each(cases.flatMap(([path, codes]) => codes.map((code) => [path, code] as const)))(
    'by POST %s is a problem: %s',
    async (path, code) => {
      server.standIns.failNext = new WardroundError(code, 'it went wrong', 'Mend it');
      const answer = await postWithToken(path, path.endsWith('restores') ? { to: '/srv/restored' } : {});
      expect(answer.body).toMatchObject({ code, status: answer.status, detail: 'it went wrong. Mend it' });
    },
  );

  it.each([
    ['not ours', new TypeError('secret of /root/x.ts')],
    ['internal', new WardroundError('internal', 'secret of /root/x.ts')],
  ])('that is %s tells nothing of the inside', async (_what, error) => {
    for (const path of ['jobs/records/runs', 'configuration/apply']) {
      server.standIns.failNext = error;
      const answer = await postWithToken(path);
      expect(answer.status).toBe(500);
      expect(answer.body).toMatchObject({ code: 'internal' });
      expect(answer.text).not.toMatch(/secret|\.ts|at /);
    }
  });

  it.each<[ErrorCode, number]>([
    ['too-many-requests', 429],
    ['no-space', 507],
  ])('of the event log that is %s is told to who sends events', async (code, status) => {
    jest.spyOn(server.log, 'append').mockRejectedValueOnce(new WardroundError(code, 'it went wrong'));
    const headers = { 'content-type': 'application/cloudevents+json' };
    const body = { ...result('raid', 'ok', clinicNow), subject: null, actor: null };
    expect((await ask('POST', '/api/v1/events', { headers, body })).status).toBe(status);
  });

  it('of the event log is one too', async () => {
    await server.log.close();
    expect((await ask('GET', '/api/v1/events')).body).toMatchObject({ code: 'log-closed', status: 503 });
    const ready = await ask('GET', '/readyz');
    expect(ready.headers['retry-after']).toBe('5');
    expect(ready.body).toMatchObject({
      ...{ code: 'not-ready', status: 503, detail: 'the event log: the event log is closed' },
      faults: [{ path: 'the event log', message: 'the event log is closed' }],
    });
    expect((await ask('GET', '/healthz')).body).toEqual({ status: 'ok' });
    const pluginProblems = [{ folder: 'channels/fax', message: '/plugins/channels/fax has no plugin.js' }];
    expect(await ask('GET', '/api/v1/system')).toMatchObject({ status: 200, body: { pluginProblems } });
  });
});

describe('the document', () => {
  it('describes itself', async () => {
    expect(await get('openapi.json')).toMatchObject({ openapi: '3.1.0', info: { title: 'Wardround' } });
  });

  it('lists the routes that the server has, and no others', () => {
    const served = [...routesOf(server.app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false }))];
    const documented = document.operations.map(
      ({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    expect(documented.sort()).toEqual(served.filter((route) => !route.startsWith('HEAD ')).sort());
  });

  it('was held against every answer that the routes can give', () => {
    const expected = allRoutes.flatMap((route) =>
      [route.answer.status, ...route.errors, ...(route.token ? [401] : [])].map(
        (status) => `${route.operation} ${status}`,
      ),
    );
    expect(expected.filter((answer) => !document.seen.has(answer))).toEqual([]);
    expect(allRoutes.every((route) => errorsOf(route).includes(500))).toBe(true);
  });
});

/** `GET /path` of each route in Fastify's drawing of its routes. */
function* routesOf(drawing: string): Generator<string> {
  const path: string[] = [];
  for (const line of drawing.split('\n')) {
    const match = /^([│ ]*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?/.exec(line);
    if (!match) continue;
    path.length = (match[1] ?? '').length / 4;
    path.push(match[2] ?? '');
    for (const method of match[3]?.split(', ') ?? []) yield `${method} ${path.join('')}`;
  }
}

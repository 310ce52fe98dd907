import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allPermissions, permissions, type Need, type Permission } from '../../src/access/permissions.js';
import { localUser, type Principal } from '../../src/access/principal.js';
import { RequestPrincipals } from '../../src/access/request-principals.adapter.js';
import { allRoutes, type Operation } from '../../src/api/routes.js';
import { sections } from '../../src/dashboard/sections.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { until, Ward } from '../fixtures/ward.js';

jest.setTimeout(180_000);

const [site, server, job, group] = ['north-clinic', 'reception-desk', 'patient-records', 'front-office'];
const checkup = `${site}.${server}.room-on-disk`;

function configuration(folder: string) {
  const files = { name: 'files', plugin: 'folder', parameters: { paths: [join(folder, 'records')] } };
  return {
    site,
    servers: [{ name: server, title: 'Reception desk' }],
    checkups: [
      { name: 'room-on-disk', title: 'Room on the disk', plugin: 'disk-space', every: '1h' },
      { name: 'probed', every: '1h' },
    ],
    backups: [{ name: job, title: 'Patient records', sources: [files], localCopy: { path: join(folder, 'local') } }],
    rules: [
      {
        ...{ name: 'no-room', title: 'No room is left', severity: 'critical', advice: 'Make room.' },
        when: { checkup: 'room-on-disk', metric: 'free_percent', above: -1 },
      },
    ],
    recipientGroups: [
      {
        name: group,
        subscriptions: [
          { takes: 'always-with-log', channel: 'inbox', to: [] },
          { takes: 'always-with-log', channel: 'email', to: ['desk@clinic.example'] },
        ],
      },
    ],
  };
}

let ward: Ward;
let ids: { run: string; alarm: string; message: string };
beforeAll(async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'records'));
  writeFileSync(join(folder, 'records', 'a.txt'), 'a');
  ward = await Ward.open({ configuration: configuration(folder), folder });
  const { runId } = await ward.run(job);
  const [alarm] = await until(
    () => ward.alarms(),
    (alarms) => alarms.length > 0,
  );
  const [message] = await until(
    () => ward.messages(),
    (all) => all.some(({ state }) => state === 'delivered'),
  );
  ids = { run: runId, alarm: alarm?.alarmId ?? '', message: message?.messageId ?? '' };
});
afterAll(() => ward.close());

/** Has every request come from this one, by the provider that says who asks. */
async function as<Result>(principal: Principal, work: () => Promise<Result>): Promise<Result> {
  const principals = ward.process.app.get(RequestPrincipals);
  const before = principals.of;
  Object.assign(principals, { of: () => principal });
  try {
    return await work();
  } finally {
    Object.assign(principals, { of: before });
  }
}

const stranger: Principal = { ...localUser('ben'), scope: { kind: 'sites', sites: ['south-clinic'] } };
const nobody: Principal = { ...localUser('eve'), permissions: new Set() };

interface Request {
  /** Instead of the parameters of the path. */
  readonly at?: string;
  readonly body?: object;
  readonly contentType?: string;
}

/** What each route is asked about something that is there: the compiler wants one for every route. */
const requests: Readonly<Record<Operation, () => Request>> = {
  listServers: () => ({}),
  listCheckups: () => ({}),
  findCheckup: () => ({ at: checkup.split('.').at(-1) ?? '' }),
  checkupHistory: () => ({ at: checkup }),
  checkupHistoryOnServer: () => ({ at: checkup.split('.').at(-1) ?? '' }),
  runCheckup: () => ({ at: checkup }),
  runCheckupOnServer: () => ({ at: checkup.split('.').at(-1) ?? '' }),
  listJobs: () => ({}),
  findJob: () => ({ at: job }),
  startRun: () => ({ at: job }),
  startRunOnServer: () => ({ at: job }),
  restore: () => ({ at: job, body: { to: join(ward.folder, 'restored') } }),
  restoreOnServer: () => ({ at: job, body: { to: join(ward.folder, 'restored') } }),
  listRuns: () => ({}),
  findRun: () => ({ at: ids.run }),
  acceptRun: () => ({ at: ids.run }),
  listSnapshots: () => ({}),
  listAlarms: () => ({}),
  acknowledgeAlarm: () => ({ at: ids.alarm }),
  listMessages: () => ({}),
  dismissMessage: () => ({ at: ids.message }),
  listEvents: () => ({}),
  stateEvents: () => ({ contentType: 'application/cloudevents+json', body: statement() }),
  readConfiguration: () => ({}),
  applyConfiguration: () => ({}),
  rebuildViews: () => ({}),
  listParked: () => ({}),
  findParked: () => ({ at: 'views.0.0.1' }),
  retryAllParked: () => ({}),
  retryParked: () => ({ at: 'views.0.0.1' }),
  discardParked: () => ({ at: 'views.0.0.1', body: { reason: 'nobody needs it' } }),
  openApi: () => ({}),
  confirmClock: () => ({}),
  readSystem: () => ({}),
  ready: () => ({}),
  health: () => ({}),
};

function statement() {
  const about = { site, server, checkup: 'probed', plugin: 'probe', trigger: 'timetable' };
  return {
    ...{ specversion: '1.0', id: 'probe-1', source: `/sites/${site}/servers/${server}`, type: 'checkup.completed' },
    data: { ...about, status: 'ok', summary: 'fine', details: '', durationMs: 5, metrics: [] },
  };
}

interface Reply {
  readonly status: number;
  readonly text: string;
  /** What of the clinic is in it, beside what was asked. */
  readonly told: readonly string[];
}

async function send(method: string, path: string, request: Request = {}): Promise<Reply> {
  const { body = {}, contentType = 'application/json' } = request;
  const headers = {
    authorization: `Bearer ${ward.token}`,
    ...(method === 'POST' ? { 'content-type': contentType } : {}),
  };
  const payload = method === 'POST' ? { body: JSON.stringify(body) } : {};
  const answer = await fetch(new URL(path, ward.url), { method, headers, ...payload });
  const text = await answer.text();
  const asked = path + JSON.stringify(body);
  const secrets = [
    site,
    server,
    job,
    group,
    'Reception desk',
    'Patient records',
    'No room is left',
    'room-on-disk',
    'desk@',
    ids.run,
    ids.alarm,
    ids.message,
    ward.folder,
  ];
  return { status: answer.status, text, told: secrets.filter((one) => text.includes(one) && !asked.includes(one)) };
}

const ofApi = allRoutes.map(({ operation, method, path, needs }) => ({
  operation: operation as Operation,
  method,
  path,
  needs,
}));

function ask({ operation, method, path }: (typeof ofApi)[number]): Promise<Reply> {
  const request = requests[operation]();
  const ofServer = path.replace('{site}', site).replace('{server}', server);
  return send(method, ofServer.replace(/\{\w+\}/, request.at ?? ''), request);
}

/** The board's addresses, with what each needs. */
const ofBoard: readonly { readonly path: () => string; readonly name: string; readonly needs: Need }[] = [
  ...['/', '/runs', '/snapshots', '/alarms', '/fragments/status'].map((path) => ({
    name: path,
    path: () => path,
    needs: 'read-status' as const,
  })),
  { name: '/runs/:id', path: () => `/runs/${ids.run}`, needs: 'read-status' },
  { name: '/fragments/run/:id', path: () => `/fragments/run/${ids.run}`, needs: 'read-status' },
  { name: '/inbox', path: () => '/inbox', needs: 'read-messages' },
  { name: '/inbox/:id', path: () => `/inbox/${ids.message}`, needs: 'read-messages' },
  { name: '/system', path: () => '/system', needs: 'read-system' },
  ...sections
    .filter((name) => name !== 'run')
    .map((name) => ({ name: `/fragments/${name}`, path: () => `/fragments/${name}`, needs: needOf(name) })),
];

function needOf(section: (typeof sections)[number]): Permission {
  if (section === 'inbox') return 'read-messages';
  if (section === 'system') return 'read-system';
  return section === 'problems' ? 'read-configuration' : 'read-status';
}

function isOfInstallation(need: Need): boolean {
  return need !== 'nothing' && permissions[need].on === 'installation';
}

describe('the local user', () => {
  it('sees all of it, so that what others do not see is there', async () => {
    const told = new Set<string>();
    for (const route of ofApi.filter(({ method }) => method === 'GET'))
      for (const one of (await ask(route)).told) told.add(one);
    for (const { path } of ofBoard) for (const one of (await send('GET', path())).told) told.add(one);
    expect([...told]).toEqual(
      expect.arrayContaining([site, server, job, group, 'room-on-disk', ids.run, ids.alarm, ids.message]),
    );
  });
});

describe('who has no permission', () => {
  it.each(ofApi.filter(({ needs }) => needs !== 'nothing'))(
    'gets a 403 that names it from $operation',
    async (route) => {
      const { status, text, told } = await as(nobody, () => ask(route));
      expect({ status, told }).toEqual({ status: 403, told: [] });
      expect(JSON.parse(text)).toMatchObject({ code: 'forbidden', permission: route.needs });
      expect(text).toContain(`lacks the permission ${route.needs}`);
    },
  );

  it.each(ofApi.filter(({ needs }) => needs === 'nothing'))(
    'may ask what is for everybody: $operation',
    async (route) => {
      expect(await as(nobody, () => ask(route))).toMatchObject({ status: 200, told: [] });
    },
  );

  it.each([...ofBoard, { name: '/live', path: () => '/live', needs: 'read-status' as const }])(
    'gets no $name of the board',
    async ({ path }) => {
      expect(await as(nobody, () => send('GET', path()))).toMatchObject({ status: 403, told: [] });
    },
  );

  it('gets the style of the pages, and a page that says what is missing', async () => {
    expect(await as(nobody, () => send('GET', '/assets/board.css'))).toMatchObject({ status: 200 });
    const answer = await as(nobody, () => fetch(new URL('/runs', ward.url), { headers: { accept: 'text/html' } }));
    expect(answer.status).toBe(403);
    const page = await answer.text();
    expect(page).toContain('lacks the permission read-status');
    for (const one of [job, 'Patient records', ids.run]) expect(page).not.toContain(one);
  });
});

describe('who has every permission but one', () => {
  it.each(ofApi.filter(({ needs }) => needs !== 'nothing'))(
    'does not get $operation without its own',
    async (route) => {
      const rest = new Set([...allPermissions].filter((permission) => permission !== route.needs));
      expect(await as({ ...localUser('mia'), permissions: rest }, () => ask(route))).toMatchObject({ status: 403 });
    },
  );
});

describe('who has to do with another site', () => {
  it.each(ofApi)('sees nothing of this one by $operation', async (route) => {
    const { status, text, told } = await as(stranger, () => ask(route));
    expect({ told, text }).toEqual({ told: [], text });
    if (isOfInstallation(route.needs)) {
      expect({ status, text }).toEqual({
        status: 403,
        text: expect.stringContaining('is about the whole installation'),
      });
    } else if (route.path.includes('{')) expect({ status, text }).toMatchObject({ status: 404 });
    else if (route.method === 'GET') expect({ status, text }).toMatchObject({ status: 200 });
    else expect({ status, text }).toMatchObject({ status: 403 });
  });

  it.each(ofBoard)('sees nothing of this one on $name', async ({ path, needs }) => {
    const { status, told } = await as(stranger, () => send('GET', path()));
    const named = /[0-9a-f]{8}-/.test(path());
    expect({ status, told }).toEqual({ status: isOfInstallation(needs) ? 403 : named ? 404 : 200, told: [] });
  });

  it('hears by the live channel only that parts of pages have changed', async () => {
    const stop = new AbortController();
    const stream = await as(stranger, () => fetch(new URL('/live', ward.url), { signal: stop.signal }));
    const first: unknown = (await stream.body?.getReader().read())?.value;
    const heard = first instanceof Uint8Array ? new TextDecoder().decode(first) : '';
    stop.abort();
    expect(stream.status).toBe(200);
    expect(heard).toMatch(/event: ?hello/);
    for (const one of [site, server, job]) expect(heard).not.toContain(one);
  });

  it('changes nothing here', async () => {
    const before = await ward.runs();
    await as(stranger, async () => {
      for (const route of ofApi.filter(({ method }) => method === 'POST')) await ask(route);
    });
    expect(await ward.runs()).toEqual(before);
    expect((await ward.alarms()).every(({ acknowledgedAt }) => acknowledgedAt === null)).toBe(true);
  });
});

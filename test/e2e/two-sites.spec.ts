import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { listOf } from '../../src/api/bodies.js';
import { Command } from '../fixtures/command.js';
import { jobOf, makeSource } from '../fixtures/jobs.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { restoredAs, until, Ward } from '../fixtures/ward.js';

jest.setTimeout(180_000);

// Two sites, each with a server `reception` that has a job `nightly` and check-ups `disk` and `room`: two of everything,
// everywhere.
const sites = ['main', 'north'] as const;
type Site = (typeof sites)[number];
const folder = tempFolder();
const sources = { main: makeSource('of main'), north: makeSource('of the north') };
const local = join(folder, 'local');

const lowOn = (name: string, checkup: string, below: number) => ({
  ...{ name, title: `Low: ${name}`, severity: 'warning' },
  when: { checkup, metric: 'free_percent', below },
});

const configuration = {
  site: 'main',
  servers: [{ name: 'reception' }, { name: 'reception', site: 'north' }],
  checkups: sites.flatMap((site) => [
    { name: 'disk', every: '1h', server: `${site}/reception` },
    { name: 'room', plugin: 'disk-space', every: '1h', server: `${site}/reception` },
  ]),
  // Both keep their copies in the same folder.
  backups: sites.map((site) =>
    jobOf('nightly', sources[site], { server: `${site}/reception`, localCopy: { path: local } }),
  ),
  rules: [
    lowOn('everywhere', 'disk', 10),
    lowOn('north-only', 'north/reception/disk', 50),
    {
      ...{ name: 'lines-of-main', title: 'Main succeeded', severity: 'warning' },
      when: { protocolLine: 'The backup succeeded', job: 'main/reception/nightly' },
    },
  ],
  recipientGroups: [
    { name: 'everybody', subscriptions: [{ takes: 'always-with-log' }] },
    { name: 'job-of-north', subscriptions: [{ takes: 'always-with-log', jobs: ['north/reception/nightly'] }] },
    { name: 'site-north', subscriptions: [{ takes: 'alarms', sites: ['north'] }] },
    { name: 'server-main', subscriptions: [{ takes: 'alarms', servers: ['main/reception'] }] },
  ],
};

const onServer = z.looseObject({ site: z.string() });
const whole = (site: Site, what: string) => `/api/v1/sites/${site}/servers/reception/${what}`;
let ward: Ward;

async function sitesOf(address: string): Promise<readonly string[]> {
  const { status, body } = await ward.get(address);
  expect({ status, body }).toMatchObject({ status: 200 });
  return listOf(onServer)
    .parse(body)
    .items.map(({ site }) => site)
    .sort();
}

async function started(site: Site): Promise<string> {
  const { status, body } = await ward.post(whole(site, 'jobs/nightly/runs'));
  expect({ status, body }).toMatchObject({ status: 202, body: { site, server: 'reception', job: 'nightly' } });
  return z.looseObject({ runId: z.string() }).parse(body).runId;
}

beforeAll(async () => {
  ward = await Ward.open({ configuration, folder });
});
afterAll(() => ward.close());

describe('two sites with the same names', () => {
  it('are told, where the file is applied, that a bare name means both', async () => {
    const { stdout, exitCode } = await Command.run(folder, 'apply', '--dry-run');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('"disk" means all 2 check-ups called so: main/reception/disk, north/reception/disk');
    expect(stdout).not.toContain('"north/reception/disk" means');
  });

  it('run their jobs at the same time, each of its own', async () => {
    const runIds = await Promise.all(sites.map(started));
    const runs = await Promise.all(runIds.map((runId) => ward.ended(runId)));
    expect(runs.map(({ site, job, outcome }) => ({ site, job, outcome }))).toEqual(
      sites.map((site) => ({ site, job: 'nightly', outcome: 'succeeded' })),
    );
    const places = (await ward.snapshots()).map(({ site, place }) => ({ site, folder: place.split('/').at(-2) }));
    expect(new Set(places.map((place) => place.folder)).size).toBe(2);
    expect(new Set(places.map((place) => place.site)).size).toBe(2);
  });

  it('refuse a name that both have, with the addresses to choose from', async () => {
    const candidates = ['main/reception/nightly', 'north/reception/nightly'];
    const start = await ward.post('/api/v1/jobs/nightly/runs');
    expect(start).toMatchObject({ status: 409, body: { code: 'conflict', candidates } });
    const restore = await ward.post('/api/v1/jobs/reception%2Fnightly/restores', { to: join(folder, 'nothing') });
    expect(restore).toMatchObject({ status: 409, body: { candidates } });
    expect(await ward.post('/api/v1/checkups/room/runs')).toMatchObject({ status: 409 });
    expect((await ward.get('/api/v1/jobs/nightly')).status).toBe(404);
    expect(await ward.post('/api/v1/jobs/south%2Freception%2Fnightly/runs')).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining('known: main/reception/nightly, north/reception/nightly') },
    });
  });

  it.each(sites)('restore what is of %s', async (site) => {
    const to = join(folder, `restored-${site}`);
    const { status, body } = await ward.post(whole(site, 'jobs/nightly/restores'), { to });
    expect({ status, body }).toMatchObject({ status: 200, body: { site, server: 'reception', job: 'nightly' } });
    const text = readFileSync(join(restoredAs(to, 'files', sources[site]), 'record.txt'), 'utf8');
    expect(text).toBe(site === 'main' ? 'of main' : 'of the north');
  });

  it.each([
    ['servers', ''],
    ['jobs', ''],
    ['checkups', ''],
    ['runs', 'job=nightly'],
    ['snapshots', 'job=nightly'],
  ])('are narrowed in the list of %s', async (list, bare) => {
    const both = list === 'checkups' ? ['main', 'main', 'north', 'north'] : ['main', 'north'];
    expect(await sitesOf(`/api/v1/${list}?${bare}`)).toEqual(both);
    expect(await sitesOf(`/api/v1/${list}?server=reception`)).toEqual(both);
    for (const query of ['site=north', 'server=north/reception', bare && 'job=north/reception/nightly']) {
      if (query) expect(new Set(await sitesOf(`/api/v1/${list}?${query}`))).toEqual(new Set(['north']));
    }
    expect(await sitesOf(`/api/v1/${list}?server=main/reception&site=north`)).toEqual([]);
  });

  it('look each at its own', async () => {
    for (const site of sites) {
      const { status, body } = await ward.post(whole(site, 'checkups/room/runs'));
      expect({ status, body }).toMatchObject({ status: 200, body: { id: `${site}.reception.room` } });
    }
    const results = await ward.events('checkup.completed');
    expect(new Set(results.map(({ partitionkey }) => partitionkey)).size).toBe(2);
  });

  it('have alarms of their own, by the rules that mean them', async () => {
    for (const [site, free] of [
      ['main', 5],
      ['north', 30],
    ] as const)
      await tellFree(site, free);
    const alarms = await until(
      () => ward.alarms(),
      (all) => all.length >= 3,
    );
    const seen = alarms.map(({ rule, site, subject: { kind, name } }) => `${rule}: ${site} ${kind} ${name}`).sort();
    expect(seen).toEqual([
      'everywhere: main checkup disk',
      'lines-of-main: main job nightly',
      'north-only: north checkup disk',
    ]);
    expect(await sitesOf('/api/v1/alarms?subject=disk')).toEqual(['main', 'north']);
    expect(await sitesOf('/api/v1/alarms?subject=north/reception/disk')).toEqual(['north']);
    expect(await sitesOf('/api/v1/alarms?subjectKind=job')).toEqual(['main']);

    await tellFree('north', 4);
    const both = await until(
      () => ward.alarms(),
      (all) => all.length >= 4,
    );
    expect(both.filter(({ rule }) => rule === 'everywhere').map(({ site }) => site)).toEqual(
      expect.arrayContaining(['main', 'north']),
    );
  });

  it('have messages of their own, which say whose they are', async () => {
    const messages = await until(
      () => ward.messages(),
      (all) => all.length >= 7 && all.every(({ state }) => state === 'delivered'),
    );
    const of = (group: string) => messages.filter((message) => message.group === group);
    const sitesIn = (group: string) => of(group).flatMap(({ about }) => about.map(({ ref }) => ref['site']));
    expect(sitesIn('everybody').sort()).toEqual(['main', 'north']);
    expect(sitesIn('job-of-north')).toEqual(['north']);
    expect(new Set(sitesIn('site-north'))).toEqual(new Set(['north']));
    expect(new Set(sitesIn('server-main'))).toEqual(new Set(['main']));
    const subjects = of('everybody').map(({ subject }) => subject ?? '');
    expect(subjects.filter((subject) => subject.includes('nightly on main/reception'))).toHaveLength(1);
    expect(subjects.filter((subject) => subject.includes('nightly on north/reception'))).toHaveLength(1);
    expect(of('site-north')[0]?.subject).toContain('on reception (north)');
  });

  it('are two on the board, each with its own buttons and filters', async () => {
    const board = await ward.page('/');
    for (const site of sites) {
      expect(board).toContain(`data-api="/api/v1/sites/${site}/servers/reception/jobs/nightly/runs"`);
      expect(board).toContain(`data-api="/api/v1/checkups/${site}.reception.room/runs"`);
      expect(board).toContain(`Reception (${site})`);
    }
    const runs = (await ward.page('/runs')).replaceAll('&#x3D;', '=');
    expect(runs).toContain('href="/runs?job=north%2Freception%2Fnightly"');
    expect(runs).toContain('Nightly on Reception (north)');
    const ofNorth = await ward.page('/runs?job=north%2Freception%2Fnightly');
    const rows = ofNorth.split('<tbody>')[1] ?? '';
    expect(rows).toContain('Reception (north)');
    expect(rows).not.toContain('Reception (main)');
  });

  it('are told apart on the command line', async () => {
    const refused = await Command.run(folder, 'backup', 'run', 'nightly');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(
      '"nightly" is ambiguous: main/reception/nightly, north/reception/nightly. Give the whole address',
    );
    const run = await Command.run(folder, 'backup', 'run', 'north/reception/nightly');
    expect({ ...run, stdout: '' }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect((await ward.runs())[0]).toMatchObject({ site: 'north', outcome: 'succeeded' });

    const checked = await Command.run(folder, 'checkup', 'run', 'disk');
    expect(checked.stderr).toContain('"disk" is ambiguous: main/reception/disk, north/reception/disk');
    const listed = await Command.run(folder, 'backups');
    expect(listed.stdout).toContain('main/reception/nightly');
    expect(listed.stdout).toContain('north/reception/nightly');
    const ofMain = await Command.run(folder, 'backups', '--job', 'main/reception/nightly', '--json');
    expect(
      z
        .array(onServer)
        .parse(JSON.parse(ofMain.stdout))
        .map(({ site }) => site),
    ).toEqual(['main']);
    const status = await Command.run(folder, 'status');
    for (const site of sites) expect(status.stdout).toContain(`(${site}/reception)`);
    const log = await Command.run(folder, 'log', '--type', 'backup.completed');
    expect(log.stdout).toMatch(/ {2}main\/reception {2}backup nightly succeeded/);
    expect(log.stdout).toMatch(/ {2}north\/reception {2}backup nightly succeeded/);
  });
});

let told = 0;

async function tellFree(site: Site, free: number): Promise<void> {
  const about = { site, server: 'reception', checkup: 'disk', plugin: 'probe', trigger: 'timetable' };
  const event = {
    ...{ specversion: '1.0', id: `probe-${++told}`, source: `/sites/${site}/servers/reception` },
    ...{ type: 'checkup.completed' },
    data: {
      ...{ ...about, status: 'ok', summary: `${free} % free`, details: '', durationMs: 1 },
      metrics: [{ name: 'free_percent', value: free, unit: '%' }],
    },
  };
  const answer = await fetch(new URL('/api/v1/events', ward.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${ward.token}`, 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(event),
  });
  expect({ status: answer.status, text: await answer.text() }).toMatchObject({ status: 200 });
}

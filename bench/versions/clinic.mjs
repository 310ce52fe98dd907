// A small clinic on a bad day, made by any version through its API: backups that succeed, fail and are suspicious, alarms that
// are acknowledged and cleared, messages that arrive and do not.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const key = '/sites/main/servers/reception';

/** What `wardround.yaml` states. A hub runs neither jobs nor check-ups. */
export function clinic(folder) {
  const files = (name) => [{ name: 'files', plugin: 'folder', parameters: { paths: [join(folder, name)] } }];
  const localCopy = { path: join(folder, 'local') };
  const further = (name) => ({ name, plugin: 'folder', parameters: { path: join(folder, name) } });
  return {
    site: 'main',
    servers: [{ name: 'reception', title: 'Reception' }, { name: 'x-ray' }],
    checkups: [
      { name: 'memory', title: 'Memory', plugin: 'memory', every: '1h' },
      { name: 'raid', title: 'RAID', every: '30d' },
      { name: 'ups', title: 'Battery', every: '30d' },
      { name: 'raid', server: 'x-ray', every: '30d' },
    ],
    backups: [
      { name: 'records', title: 'Patient records', sources: files('records'), localCopy, copies: [further('usb')] },
      { name: 'letters', title: 'Letters', sources: files('letters'), localCopy },
      { name: 'nowhere', title: 'Old share', sources: files('is-not-there'), localCopy },
    ],
    rules: [
      {
        ...{ name: 'backup-failed', title: 'A backup failed', severity: 'critical', advice: 'Read the lines in red.' },
        when: { protocolLine: '.', level: 'error' },
      },
      {
        ...{ name: 'disk-of-raid', title: 'A disk has failed', severity: 'critical', advice: 'Order a disk.' },
        when: { checkup: 'raid', metric: 'failed', above: 0 },
      },
      {
        ...{ name: 'battery-weak', title: 'The battery is weak', severity: 'warning', advice: 'Order a battery.' },
        when: { checkup: 'ups', metric: 'charge', below: 50 },
      },
    ],
    recipientGroups: [
      { name: 'staff', title: 'Staff', subscriptions: [{ takes: 'always-with-log', channel: 'inbox' }] },
      {
        ...{ name: 'it', title: 'IT', locale: 'de' },
        subscriptions: [
          { takes: 'failures-only', channel: 'inbox' },
          { takes: 'alarms', channel: 'inbox' },
        ],
      },
      {
        ...{ name: 'owner', title: 'Owner' },
        subscriptions: [{ takes: 'failures-only', channel: 'email', to: ['owner@clinic.example'] }],
      },
    ],
  };
}

/** Has it all happen. A hub hears of results alone. */
export async function fillClinic(program, folder, isFleet) {
  const api = apiOf(program);
  await states(api);
  if (!isFleet) await backUp(api, folder);
  await settled(api);
  const { items: raised } = await api.get('alarms?open=true');
  await api.post(`alarms/${raised.find(({ rule }) => rule === 'disk-of-raid').alarmId}/acknowledge`, {
    note: 'ordered',
  });
  if (!isFleet) await api.post('jobs/records/restores', { to: join(folder, 'restored') });
  await retire(api, folder);
  await settled(api);
}

/** The file states one check-up and one rule less. */
async function retire(api, folder) {
  const file = join(folder, 'wardround.yaml');
  const { checkups, rules, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...rest, checkups: checkups.slice(0, -1), rules: rules.slice(0, -1) }));
  await api.post('configuration/apply', {});
}

async function states(api) {
  const found = (server, checkup, id, metric, value, status) => ({
    ...{ specversion: '1.0', type: 'checkup.completed', source: key.replace('reception', server), id },
    data: {
      ...{ site: 'main', server, checkup, plugin: 'probe', summary: `${metric} ${value}`, details: '', durationMs: 3 },
      ...{ status, trigger: 'timetable', metrics: [{ name: metric, value, unit: '' }] },
    },
  });
  await api.sends([
    found('reception', 'raid', 'raid-1', 'failed', 0, 'ok'),
    found('reception', 'raid', 'raid-2', 'failed', 1, 'critical'),
    found('x-ray', 'raid', 'raid-x', 'failed', 2, 'critical'),
    found('reception', 'ups', 'ups-1', 'charge', 30, 'warning'),
    found('reception', 'ups', 'ups-2', 'charge', 90, 'ok'),
  ]);
}

async function backUp(api, folder) {
  for (const name of ['records', 'letters']) {
    mkdirSync(join(folder, name));
    for (let file = 0; file < 20; file++) writeFileSync(join(folder, name, `file-${file}`), `${name} ${file}`);
  }
  await api.runs('records');
  await api.runs('letters');
  await api.runs('nowhere');
  for (let file = 0; file < 18; file++) rmSync(join(folder, 'letters', `file-${file}`));
  await api.runs('letters'); // suspicious
  writeFileSync(join(folder, 'records', 'file-0'), 'changed');
  await api.runs('records');
}

/** Nothing new has come into the log for a while. */
async function settled(api) {
  let last = -1;
  for (let quiet = 0; quiet < 4;) {
    const { items } = await api.get('events?limit=500');
    quiet = items.length === last ? quiet + 1 : 0;
    last = items.length;
    await pause(500);
  }
}

function apiOf({ url, token }) {
  const ask = async (method, path, body, type = 'application/json') => {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': type }) };
    const answer = await fetch(new URL(`/api/v1/${path}`, url), { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const get = (path) => ask('GET', path);
  return {
    get,
    post: (path, body) => ask('POST', path, body),
    sends: (events) => ask('POST', 'events', events, 'application/cloudevents-batch+json'),
    async runs(job) {
      const { runId } = await ask('POST', `jobs/${job}/runs`, {});
      while ((await get(`runs/${runId}`)).outcome === 'running') await pause(100);
    },
  };
}

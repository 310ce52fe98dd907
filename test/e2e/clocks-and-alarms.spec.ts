import { describe, expect, it, jest } from '@jest/globals';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../fixtures/temp-folder.js';
import { SetClock, until, Ward } from '../fixtures/ward.js';

jest.setTimeout(120_000);

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const leapMs = 730 * dayMs;

function job(folder: string, name: string) {
  const source = join(folder, name);
  mkdirSync(source);
  writeFileSync(join(source, 'file.txt'), name);
  return {
    ...{ name, localCopy: { path: join(folder, 'local') } },
    sources: [{ name: 'files', plugin: 'folder', parameters: { paths: [source] } }],
  };
}

const noBackup = {
  ...{ name: 'no-backup', title: 'No backup of the records', severity: 'critical', advice: 'Look at it' },
  when: { noSuccessOf: 'records', within: '26h' },
};
const backupFailed = {
  ...{ name: 'backup-failed', title: 'A backup failed', severity: 'critical', advice: 'Look at it' },
  when: { protocolLine: 'does not exist', level: 'error' },
};

/** A server that is well, its own job, and a rule on its absence. */
function clinic(rules: readonly object[] = [noBackup]) {
  const folder = tempFolder();
  const backups = ['records', 'images'].map((name) => job(folder, name));
  const configuration = { backups, rules, checkups: [{ name: 'raid', every: '1h' }] };
  const hide = (name: string) => renameSync(join(folder, name), join(folder, `${name}-gone`));
  const show = (name: string) => renameSync(join(folder, `${name}-gone`), join(folder, name));
  return { folder: join(folder, 'ward'), configuration, hide, show };
}

function found(id: string, failed: number, time?: string) {
  const key = '/sites/main/servers/reception';
  return {
    ...{ specversion: '1.0', type: 'checkup.completed', source: key, id, ...(time === undefined ? {} : { time }) },
    data: {
      ...{ site: 'main', server: 'reception', checkup: 'raid', plugin: 'raid-probe', summary: 'Looked', details: '' },
      ...{ status: failed === 0 ? 'ok' : 'critical', trigger: 'timetable', durationMs: 3 },
      metrics: [{ name: 'failed', value: failed, unit: '' }],
    },
  };
}

async function send(ward: Ward, event: object): Promise<void> {
  const headers = { 'content-type': 'application/cloudevents+json' };
  const answer = await fetch(`${ward.url}/api/v1/events`, { method: 'POST', headers, body: JSON.stringify(event) });
  expect(answer.status).toBe(200);
}

async function itemOf(ward: Ward, list: string, name: string) {
  const { body } = await ward.get(`/api/v1/${list}`);
  const { items } = body as { items: { name: string }[] };
  return items.find((item) => item.name === name);
}

const openAlarms = (ward: Ward, count: number) =>
  until(
    async () => (await ward.alarms()).filter(({ clearedAt }) => clearedAt === null),
    ({ length }) => length === count,
  );

describe('one success by a clock that was two years ahead', () => {
  it('F6: hides no failure that follows: the absence is told, and no one says that all is well', async () => {
    const { folder, configuration, hide, show } = clinic();
    const clock = new SetClock(Date.parse('2026-11-20T02:00:00Z'));
    const ward = await Ward.openForTest({ configuration, folder, clock });
    expect(await ward.run('images')).toMatchObject({ outcome: 'succeeded' });
    clock.advance(leapMs);
    const ahead = await ward.run('records');
    expect(ahead).toMatchObject({ outcome: 'succeeded', clockWrong: false });

    clock.advance(-leapMs + hourMs);
    await send(ward, found('raid-1', 0));
    expect(await itemOf(ward, 'jobs', 'records')).toMatchObject({ lastSuccess: { clockWrong: true } });
    const undated = await ward.page('/');
    expect(undated).not.toContain('All is well');
    expect(undated).toContain('The age of a backup is unknown');
    expect(undated).toContain('at an unknown time: the clock was wrong');

    hide('records');
    for (let night = 1; night <= 2; night++) {
      expect(await ward.run('records')).toMatchObject({ outcome: 'failed', clockWrong: false });
      clock.advance(dayMs);
    }
    clock.advance(3 * hourMs);
    const [alarm] = await openAlarms(ward, 1);
    expect(alarm).toMatchObject({ rule: 'no-backup', subject: { kind: 'job', name: 'records' } });
    expect(await itemOf(ward, 'jobs', 'records')).toMatchObject({
      lastRun: { outcome: 'failed', clockWrong: false },
      lastSuccess: { runId: ahead.runId, clockWrong: true },
    });
    expect(await ward.page('/')).not.toContain('in 2 years');

    show('records');
    expect(await ward.run('records')).toMatchObject({ outcome: 'succeeded' });
    await openAlarms(ward, 0);
    const [cleared] = await ward.alarms();
    expect(Date.parse(cleared?.clearedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(cleared?.raisedAt ?? ''));
    expect(await itemOf(ward, 'jobs', 'records')).toMatchObject({ lastSuccess: { clockWrong: false } });
    expect((await ward.snapshots()).filter(({ job }) => job === 'records').length).toBeGreaterThan(1);
  });

  it('F6 kind: does not put off the alarm where nothing at all happens afterwards, across a restart', async () => {
    const { folder, configuration } = clinic();
    const clock = new SetClock(Date.parse('2026-11-20T02:00:00Z'));
    const first = await Ward.openForTest({ configuration, folder, clock });
    clock.advance(leapMs);
    expect(await first.run('records')).toMatchObject({ outcome: 'succeeded' });
    await first.close();
    clock.advance(-leapMs + 27 * hourMs);
    const second = await Ward.openForTest({ configuration, folder, clock });
    const [alarm] = await openAlarms(second, 1);
    expect(alarm).toMatchObject({ rule: 'no-backup', state: 'raised' });
  });

  it('F6 kind: does not keep a check-up green that no one looks at any more', async () => {
    const { folder, configuration } = clinic();
    const clock = new SetClock(Date.parse('2026-11-20T02:00:00Z'));
    const ward = await Ward.openForTest({ configuration, folder, clock });
    clock.advance(leapMs);
    await send(ward, found('raid-1', 0));
    await until(
      () => itemOf(ward, 'checkups', 'raid'),
      (item) => (item as { status?: string } | undefined)?.status === 'ok',
    );
    clock.advance(-leapMs);
    expect(await itemOf(ward, 'checkups', 'raid')).toMatchObject({ status: 'unknown', because: 'clock-wrong' });
    expect(await ward.page('/')).toContain('The clock was wrong at the last check');
    await send(ward, found('raid-2', 0));
    await until(
      () => itemOf(ward, 'checkups', 'raid'),
      (item) => (item as { status?: string } | undefined)?.status === 'ok',
    );
  });

  it('F6 kind: keeps no digest from being sent at the same time by the right clock, with what ran since', async () => {
    const { folder, configuration } = clinic([]);
    const subscriptions = [{ takes: 'digest', at: '0 7 * * *' }];
    const recipientGroups = [{ name: 'it', timeZone: 'UTC', subscriptions }];
    const clock = new SetClock(Date.parse('2026-11-20T06:30:00Z'));
    const ward = await Ward.openForTest({ configuration: { ...configuration, recipientGroups }, folder, clock });
    const digests = (count: number) =>
      until(
        () => ward.messages(),
        ({ length }) => length === count,
      );
    const first = await ward.run('records');
    clock.advance(leapMs);
    expect(await digests(1)).toMatchObject([{ about: [{ runId: first.runId }] }]);
    clock.advance(-leapMs + 60_000);
    const second = await ward.run('images');
    // Each second it looks at the clock, and plans again where that was put back.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const both = await until(
      // A minute for each look: a machine that was too slow to look at the clock until now tells it on the day after.
      () => (clock.advance(60_000), ward.messages()),
      ({ length }) => length === 2,
    );
    expect(both.map(({ about }) => about)).toContainEqual([expect.objectContaining({ runId: second.runId })]);
  });

  it('F6 kind: does not keep a job from its timetable, nor its missed start from being made up for', async () => {
    const { folder, configuration } = clinic([]);
    const nightly = configuration.backups.map((one) => ({ ...one, at: '0 2 * * *', timeZone: 'UTC' }));
    const clock = new SetClock(Date.parse('2026-11-20T01:00:00Z'));
    const settled = (ward: Ward, count: number) =>
      until(
        () => ward.runs(),
        (runs) => runs.length === count && runs.every(({ outcome }) => outcome !== 'running'),
      );
    const first = await Ward.openForTest({ configuration: { ...configuration, backups: nightly }, folder, clock });
    await settled(first, 2);
    await first.close();
    clock.advance(leapMs);
    const ahead = await Ward.openForTest({ configuration: { ...configuration, backups: nightly }, folder, clock });
    await settled(ahead, 4);
    await ahead.close();

    clock.advance(-leapMs + 2 * hourMs);
    const right = await Ward.openForTest({ configuration: { ...configuration, backups: nightly }, folder, clock });
    const runs = await settled(right, 6);
    expect(runs.filter(({ plannedFor }) => plannedFor === '2026-11-20T02:00:00.000Z')).toHaveLength(2);
  });
});

describe('a result that comes late', () => {
  it('F9: changes neither the alarm nor the tile, which agree', async () => {
    const raid = {
      ...{ name: 'raid-degraded', title: 'A disk has failed', severity: 'critical', advice: 'Order one' },
      when: { checkup: 'raid', metric: 'failed', above: 0 },
    };
    const { folder, configuration } = clinic([raid]);
    const clock = new SetClock(Date.parse('2026-11-20T12:00:00Z'));
    const ward = await Ward.openForTest({ configuration, folder, clock });
    await send(ward, found('raid-1', 1));
    await openAlarms(ward, 1);
    clock.advance(60_000);
    await send(ward, found('raid-0', 0, '2026-11-20T11:00:00Z'));
    // What comes behind it in the log has been judged: so has this.
    clock.advance(60_000);
    await send(ward, found('raid-2', 2));
    await until(
      () => ward.get('/api/v1/checkups'),
      ({ body }) => JSON.stringify(body).includes('"value":2'),
    );
    const alarms = await openAlarms(ward, 1);
    expect(alarms).toMatchObject([{ state: 'raised', subject: { kind: 'checkup', name: 'raid' } }]);
    expect(await itemOf(ward, 'checkups', 'raid')).toMatchObject({ status: 'critical' });
    expect(await ward.events('alarm.cleared')).toEqual([]);
  });
});

describe('a rule on every job', () => {
  it('R1: rings for the next job that fails, though the alarm of the first was acknowledged', async () => {
    const { folder, configuration, hide, show } = clinic([backupFailed]);
    const ward = await Ward.openForTest({ configuration, folder });
    hide('records');
    await ward.run('records');
    const [first] = await openAlarms(ward, 1);
    await ward.post(`/api/v1/alarms/${first?.alarmId}/acknowledge`, { note: 'on it' });
    expect(await ward.page('/')).toContain('data-calling="0"');

    hide('images');
    await ward.run('images');
    const both = await openAlarms(ward, 2);
    expect(both.map(({ subject, state }) => `${subject.name} ${state}`).sort()).toEqual([
      ...['images raised', 'records acknowledged'],
    ]);
    expect(await ward.page('/')).toContain('data-calling="1"');

    show('records');
    await ward.run('records');
    expect(await openAlarms(ward, 1)).toMatchObject([{ subject: { kind: 'job', name: 'images' }, state: 'raised' }]);
  });
});

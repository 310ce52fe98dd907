import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ward, WardProcess, until } from '../fixtures/ward.js';

const key = '/sites/main/servers/reception';
const configuration = {
  // Without a plugin: it is the probe that looks.
  checkups: [{ name: 'raid', title: 'RAID', every: '1h' }],
  rules: [
    {
      name: 'raid-degraded',
      title: 'A disk of the RAID has failed',
      severity: 'critical',
      advice: 'Order a disk of the same size.',
      when: { metric: 'failed', checkup: 'raid', above: 0 },
    },
  ],
};

/** What a probe on the server found. */
function found(id: string, failed: number) {
  const site = 'main';
  const summary = failed === 0 ? 'All disks are well' : `${failed} disk has failed`;
  return {
    ...{ specversion: '1.0', type: 'checkup.completed', source: key, id },
    data: {
      ...{ site, server: 'reception', checkup: 'raid', plugin: 'raid-probe', summary, details: '', durationMs: 3 },
      ...{ status: failed === 0 ? 'ok' : 'critical', trigger: 'timetable' },
      metrics: [{ name: 'failed', value: failed, unit: '' }],
    },
  };
}

async function send(url: string, events: readonly object[]): Promise<number> {
  const answer = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: JSON.stringify(events),
  });
  return answer.status;
}

describe('a probe of someone else on a server', () => {
  let ward: Ward;
  beforeAll(async () => {
    ward = await Ward.open({ configuration });
  });
  afterAll(() => ward.close());

  it('raises an alarm on the board by what it sends, and clears it again', async () => {
    expect(await send(ward.url, [found('raid-1', 0), found('raid-2', 1)])).toBe(200);
    const [raised] = await until(
      () => ward.alarms(),
      ({ length }) => length > 0,
    );
    expect(raised).toMatchObject({ rule: 'raid-degraded', state: 'raised', server: 'reception' });
    expect(await ward.page('/')).toContain('A disk of the RAID has failed');
    expect(await ward.page('/')).toContain('data-board="red"');

    expect(await send(ward.url, [found('raid-2', 1), found('raid-3', 0)])).toBe(200);
    const [cleared] = await until(
      () => ward.alarms(),
      ([alarm]) => alarm?.state === 'cleared',
    );
    expect(cleared).toMatchObject({ clearedBecause: 'condition-ended' });
    expect((await ward.events('checkup.completed')).map(({ id }) => id)).toEqual(['raid-1', 'raid-2', 'raid-3']);
    expect(await ward.events('alarm.raised')).toHaveLength(1);
  });

  it('is the only one who looks: there is no plugin that could be run', async () => {
    expect(await ward.page('/')).not.toContain('check-now.main.reception.raid');
    expect((await ward.get('/api/v1/checkups')).body).toMatchObject({
      items: [{ id: 'main.reception.raid', plugin: null, every: '1h', because: 'looked' }],
    });
    expect(await ward.post('/api/v1/checkups/main.reception.raid/runs', {})).toMatchObject({
      status: 409,
      body: { code: 'conflict', detail: expect.stringMatching(/^the check-up main\.reception\.raid has no plugin/) },
    });
  });

  it('sees on the page of the system that all of it was gone through', async () => {
    const wellOff = 'Wardround is healthy';
    expect(
      await until(
        () => ward.page('/system'),
        (page) => page.includes(wellOff),
      ),
    ).toContain('Up to date');
    expect((await ward.get('/readyz')).body).toEqual({ status: 'ready' });
    expect((await ward.get('/api/v1/system')).body).toMatchObject({
      consumers: [{ name: 'views' }, { name: 'rules' }, { name: 'notifications' }],
    });
  });
});

describe('what was answered with 200', () => {
  it('is in the log after a kill, once, though it is sent again', async () => {
    const first = await WardProcess.openForTest({ configuration });
    const events = Array.from({ length: 200 }, (_, index) => found(`raid-${index}`, 0));
    for (let at = 0; at < 200; at += 20) expect(await send(first.url, events.slice(at, at + 20))).toBe(200);
    await first.kill();
    const next = await WardProcess.openForTest({ configuration, folder: first.folder });
    expect(await send(next.url, events.slice(100))).toBe(200);
    expect((await next.events('checkup.completed')).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
  });
});

import { describe, expect, it, jest } from '@jest/globals';
import { probeEvent } from '../fixtures/fleet-facts.js';
import { until, Ward } from '../fixtures/ward.js';

jest.setTimeout(60_000);

const configuration = {
  role: 'hub',
  servers: [{ name: 'reception' }],
  checkups: [{ name: 'probe', plugin: 'disk-space', every: '1s' }],
  backups: [
    {
      ...{ name: 'records', at: '* * * * * *' },
      sources: [{ name: 'files', plugin: 'folder', parameters: { paths: ['/nowhere'] } }],
    },
  ],
  rules: [
    {
      ...{ name: 'full', title: 'Full', severity: 'critical' },
      when: { checkup: 'probe', metric: 'free_percent', below: 10 },
    },
  ],
};

describe('a small hub, which keeps all in SQLite,', () => {
  it('judges what servers state, and runs none of their jobs and check-ups', async () => {
    const hub = await Ward.openForTest({ configuration });
    const answer = await fetch(new URL('/api/v1/events', hub.url), {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify(probeEvent('reception', 'one', 3)),
    });
    expect(answer.status).toBe(200);
    await until(
      () => hub.alarms(),
      (alarms) => alarms.length === 1,
    );
    expect(await hub.post('/api/v1/jobs/records/runs')).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('this is a hub, which runs no backups') },
    });
    expect(await hub.post('/api/v1/checkups/main.reception.probe/runs')).toMatchObject({ status: 409 });
    expect(await hub.post('/api/v1/jobs/records/restores', { to: '/tmp/nowhere' })).toMatchObject({ status: 409 });
    // Both have been due by now.
    expect(await hub.events('checkup.completed')).toHaveLength(1);
    expect(await hub.runs()).toEqual([]);
  });
});

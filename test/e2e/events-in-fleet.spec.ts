import { describe, expect, it, jest } from '@jest/globals';
import { type z } from 'zod';
import { checkupSchema } from '../../src/api/checkups/checkups.bodies.js';
import { eventSchema } from '../../src/api/events/events.bodies.js';
import { listOf } from '../../src/api/bodies.js';
import { systemSchema } from '../../src/api/system/system.bodies.js';
import { newInstallation } from '../fixtures/hubs.js';
import { whyNoKafka } from '../fixtures/kafka.js';
import { whyNoPostgres } from '../fixtures/postgres.js';
import { until, WardProcess, type WardClient } from '../fixtures/ward.js';

jest.setTimeout(240_000);

const why = whyNoKafka() ?? whyNoPostgres();
if (why) process.stderr.write(`test/e2e/events-in-fleet.spec.ts is left out: ${why}\n`);

const servers = Array.from({ length: 12 }, (_, at) => `server-${at + 1}`);
const keyOf = (server: string) => `/sites/main/servers/${server}`;

/** What a server's probe states for the nth time. */
function stated(server: string, nth: number) {
  return {
    ...{ specversion: '1.0', type: 'checkup.completed', source: keyOf(server), id: `${server}-${nth}` },
    data: {
      ...{ site: 'main', server, checkup: 'probe', plugin: 'probe', status: 'ok', trigger: 'timetable' },
      ...{ summary: `look ${nth}`, details: '', durationMs: 1, metrics: [] },
    },
  };
}

async function send(hub: WardClient, events: readonly object[]): Promise<void> {
  const headers = { 'content-type': 'application/cloudevents-batch+json' };
  const body = JSON.stringify(events);
  const answer = await fetch(`${hub.url}/api/v1/events`, { method: 'POST', headers, body });
  expect([answer.status, await answer.json()]).toEqual([200, { stored: events.length }]);
}

const pageSchema = listOf(eventSchema);

/** The next page behind a cursor. */
async function page(hub: WardClient, cursor: string | null) {
  const behind = cursor === null ? '' : `&cursor=${cursor}`;
  const { body } = await hub.get(`/api/v1/events?type=checkup.completed&limit=37&wait=0${behind}`);
  return pageSchema.parse(body);
}

(why ? describe.skip : describe)('events that are sent to the hubs of a fleet', () => {
  it('are given back by any of them, each once and in order per server, behind one cursor', async () => {
    const place = await newInstallation();
    const checkups = servers.map((server) => ({ name: 'probe', server, every: '1h' }));
    const options = { configuration: { ...place.process, servers: servers.map((name) => ({ name })), checkups } };
    const [first, second] = await Promise.all([WardProcess.openForTest(options), WardProcess.openForTest(options)]);
    // Until what the configuration defines has gone through the log, nothing may be stated.
    for (const hub of [first, second])
      await until(
        () => hub.get('/api/v1/checkups?limit=500'),
        ({ body }) => listOf(checkupSchema).parse(body).items.length === servers.length,
      );
    const batch = (nth: number) => servers.map((server) => stated(server, nth));
    const seen: z.output<typeof eventSchema>[] = [];
    let cursor: string | null = null;
    const follow = async (hub: WardClient) => {
      const { items, next } = await page(hub, cursor);
      seen.push(...items);
      cursor = next;
      return items.length;
    };

    for (let nth = 0; nth < 20; nth++) {
      await send(nth % 2 === 0 ? first : second, batch(nth));
      await follow(nth % 3 === 0 ? second : first);
    }
    // Sent again, to the other one: stored once.
    await Promise.all([send(first, batch(19)), send(second, batch(19)), send(second, batch(18))]);
    await first.kill();
    for (let nth = 20; nth < 25; nth++) await send(second, batch(nth));
    while ((await follow(second)) > 0);

    for (const server of servers) {
      const ids = seen.filter(({ partitionkey }) => partitionkey === keyOf(server)).map(({ id }) => id);
      expect(ids).toEqual(Array.from({ length: 25 }, (_, nth) => `${server}-${nth}`));
    }
    expect(seen).toHaveLength(25 * servers.length);

    const { body } = await until(
      () => second.get('/api/v1/system'),
      (answer) => systemSchema.parse(answer.body).partitions.length === 6,
    );
    expect(body).toMatchObject({
      ...{ role: 'hub', engines: { eventLog: 'kafka', views: 'postgres' }, partitions: [0, 1, 2, 3, 4, 5] },
      consumers: [{ name: 'intake' }, { name: 'views' }, { name: 'rules' }, { name: 'notifications' }],
    });
    expect(systemSchema.parse(body).parts.filter(({ trouble }) => trouble !== null)).toEqual([]);
    expect(await second.get('/readyz')).toEqual({ status: 200, body: { status: 'ready' } });
    expect(await second.page('/system')).toContain('partitions 0 to 5');
  });
});

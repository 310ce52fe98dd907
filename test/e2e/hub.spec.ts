import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { checkupSchema } from '../../src/api/checkups/checkups.bodies.js';
import { listOf } from '../../src/api/bodies.js';
import { logToStderr } from '../../src/shared/logger.adapter.js';
import { appendToKafka, failedRun, probeEvent } from '../fixtures/fleet-facts.js';
import { newInstallation, type Installation } from '../fixtures/hubs.js';
import { whyNoKafka } from '../fixtures/kafka.js';
import { whyNoPostgres } from '../fixtures/postgres.js';
import { TestSmtpServer } from '../fixtures/smtp.js';
import { until, WardProcess, type WardClient } from '../fixtures/ward.js';

jest.setTimeout(240_000);
logToStderr();

const servers = Array.from({ length: 20 }, (_, at) => `server-${at + 1}`);
const why = whyNoKafka() ?? whyNoPostgres();
if (why) process.stderr.write(`test/e2e/hub.spec.ts is left out: ${why}\n`);

function configuration({ process }: Installation, smtp: TestSmtpServer): object {
  return {
    ...process,
    servers: servers.map((name) => ({ name })),
    checkups: servers.map((server) => ({ name: 'probe', server, plugin: 'disk-space', every: '1h' })),
    backups: servers.map((server) => ({
      ...{ name: `job-of-${server}`, server, at: '* * * * *' },
      sources: [{ name: 'files', plugin: 'folder', parameters: { paths: ['/nowhere'] } }],
    })),
    rules: [
      {
        ...{ name: 'full', title: 'The disk is full', severity: 'critical' },
        when: { checkup: 'probe', metric: 'free_percent', below: 10 },
      },
      { name: 'no-room', title: 'No room', severity: 'critical', when: { protocolLine: 'no room', level: 'error' } },
    ],
    recipientGroups: [
      {
        name: 'support',
        subscriptions: [{ takes: 'failures-only', channel: 'email', to: ['support@vendor.example'] }],
      },
    ],
    smtp: { host: '127.0.0.1', port: smtp.port, encryption: 'none', from: 'Wardround <hub@vendor.example>' },
  };
}

/** What the board and the API show, but for what two clocks may show otherwise. */
async function shown(hub: WardClient) {
  const [alarms, messages, checkups] = await Promise.all([
    hub.alarms(),
    hub.messages(),
    hub.get('/api/v1/checkups?limit=500'),
  ]);
  const byId = (a: { readonly [key: string]: unknown }, b: { readonly [key: string]: unknown }) =>
    JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
  return { alarms: [...alarms].sort(byId), messages: [...messages].sort(byId), checkups: checkups.body };
}

async function raised(hub: WardClient, rule: string) {
  const open = (await hub.alarms()).filter((alarm) => alarm.rule === rule && alarm.clearedAt === null);
  return open.map(({ server }) => server).sort();
}

const ofServer = z.object({ server: z.string() });
const all = [...servers].sort();
const isAll = (found: readonly string[]) => JSON.stringify(found) === JSON.stringify(all);

(why ? describe.skip : describe)('two hubs of one installation', () => {
  let place: Installation;
  let smtp: TestSmtpServer;
  beforeAll(async () => {
    place = await newInstallation();
    smtp = await TestSmtpServer.start();
  }, 240_000);
  afterAll(() => smtp.stop());

  it('share the work: each definition, alarm and mail is there once, whichever hubs are alive', async () => {
    const options = { configuration: configuration(place, smtp) };
    const [first, second] = await Promise.all([WardProcess.openForTest(options), WardProcess.openForTest(options)]);

    // Both applied the same file at once.
    for (const hub of [first, second]) {
      for (const type of ['server.defined', 'checkup.defined', 'backup-job.defined']) {
        expect((await hub.events(type)).map(({ data }) => ofServer.parse(data).server).sort()).toEqual(all);
      }
      expect(await hub.events('rule.defined')).toHaveLength(2);
      expect(await hub.events('recipient-group.defined')).toHaveLength(1);
    }

    // Facts come to either of them, once what was applied has gone through the log.
    await until(
      () => first.get('/api/v1/checkups?limit=500'),
      ({ body }) => listOf(checkupSchema).parse(body).items.length === servers.length,
    );
    for (const [at, server] of servers.entries()) {
      const hub = at % 2 === 0 ? first : second;
      const events = [3, 2, 1].map((free) => probeEvent(server, `${server}-${free}`, free));
      const answer = await Promise.all(events.map((event) => postEvent(hub, event)));
      expect(answer.map(({ status }) => status)).toEqual([200, 200, 200]);
      // The same again, at the other: it is the same event.
      expect((await postEvent(at % 2 === 0 ? second : first, events[0] ?? {})).status).toBe(200);
    }
    for (const hub of [first, second]) {
      await until(() => raised(hub, 'full'), isAll);
      expect(await hub.events('checkup.completed')).toHaveLength(3 * servers.length);
    }
    expect(await first.events('alarm.raised')).toHaveLength(servers.length);

    // Backups failed on all of them.
    await appendToKafka(place, servers.flatMap(failedRun));
    await smtp.received(servers.length);
    for (const hub of [first, second]) await until(() => raised(hub, 'no-room'), isAll);
    await until(
      () => second.messages(),
      (messages) => messages.length === servers.length && messages.every(({ state }) => state === 'delivered'),
    );
    expect(await second.events('message.decided')).toHaveLength(servers.length);
    expect(await second.events('alarm.raised')).toHaveLength(2 * servers.length);
    await until(
      async () => [await shown(first), await shown(second)],
      ([one, other]) => JSON.stringify(one) === JSON.stringify(other),
    );

    // A hub runs none of what it knows of.
    expect(await first.events('backup.started')).toHaveLength(servers.length);
    expect(await first.post('/api/v1/jobs/job-of-server-1/runs')).toMatchObject({ status: 409 });
    expect(await first.post('/api/v1/checkups/main.server-1.probe/runs')).toMatchObject({ status: 409 });

    // One dies. The other has all servers now.
    await first.kill();
    for (const server of servers) {
      expect((await postEvent(second, probeEvent(server, `${server}-better`, 50))).status).toBe(200);
    }
    await appendToKafka(place, servers.flatMap(failedRun));
    await until(
      () => raised(second, 'full'),
      (still) => still.length === 0,
    );
    await smtp.received(2 * servers.length);
    const texts = smtp.mails.map(({ mail }) => mail.messageId);
    expect(new Set(texts).size).toBe(2 * servers.length);

    // It comes back, and shows the same.
    const again = await WardProcess.openForTest({ ...options, folder: first.folder });
    await until(
      async () => [await shown(again), await shown(second)],
      ([one, other]) => JSON.stringify(one) === JSON.stringify(other),
    );
    expect(await again.events('rule.defined')).toHaveLength(2);
    expect(smtp.mails).toHaveLength(2 * servers.length);
  });
});

async function postEvent(hub: WardClient, event: object): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await fetch(new URL('/api/v1/events', hub.url), {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', authorization: `Bearer ${hub.token}` },
    body: JSON.stringify(event),
  });
  return { status: answer.status, body: await answer.json() };
}

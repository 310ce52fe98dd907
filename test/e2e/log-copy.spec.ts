import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { eventTypes } from '../../src/capabilities.js';
import { checkupSchema } from '../../src/api/checkups/checkups.bodies.js';
import { listOf } from '../../src/api/bodies.js';
import { checkupCompleted } from '../../src/checkups/checkups.events.js';
import type { Event, NewEvent } from '../../src/event-log/envelope.js';
import { readAll } from '../../src/event-log/event-log.js';
import { kafkaClient } from '../../src/event-log/kafka/kafka-connection.adapter.js';
import { openSqliteLog } from '../../src/event-log/sqlite/sqlite-log.adapter.js';
import { decision, fact } from '../../src/event-log/statement.js';
import { alarmRaised } from '../../src/rules/rules.events.js';
import { systemClock } from '../../src/shared/clock.adapter.js';
import { toIso } from '../../src/shared/instant.js';
import { serverKey } from '../../src/shared/names.js';
import { chance } from '../faults/kills.js';
import { Command } from '../fixtures/command.js';
import { newInstallation, type Installation } from '../fixtures/hubs.js';
import { whyNoKafka } from '../fixtures/kafka.js';
import { whyNoPostgres } from '../fixtures/postgres.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { until, WardProcess, writeConfiguration } from '../fixtures/ward.js';

jest.setTimeout(300_000);

const why = whyNoKafka() ?? whyNoPostgres();
if (why) process.stderr.write(`test/e2e/log-copy.spec.ts is left out: ${why}\n`);

const servers = Array.from({ length: 40 }, (_, at) => `server-${at + 1}`);
const eventsPerServer = 300;
const kills = 3;

function result(server: string, number: number): NewEvent {
  const key = serverKey('main', server);
  return fact(checkupCompleted, {
    ...{ source: key, subject: `${key}/checkups/probe`, partitionkey: key, now: Date.now(), actor: 'timetable' },
    data: {
      ...{ site: 'main', server, checkup: 'probe', plugin: 'disk-space', trigger: 'timetable', status: 'ok' },
      ...{ summary: `Nº ${number}: "schön"`, details: 'x'.repeat(number % 300), metrics: [], durationMs: number },
    },
  });
}

/** Decisions have computed ids and no sequence. */
function raised(server: string, cause: string): NewEvent {
  const key = serverKey('main', server);
  const alarmId = `alarm-of-${server}`;
  return decision(alarmRaised, [alarmId], {
    ...{ source: '/wardround/rules', subject: `${key}/alarms/${alarmId}`, partitionkey: key, now: Date.now() },
    causationid: cause,
    data: {
      ...{ alarmId, rule: 'full', site: 'main', server, title: 'Full', severity: 'critical', advice: '' },
      subject: { kind: 'checkup', name: 'disk' },
      ...{ because: 'condition-held', evidence: [cause], summary: '', since: toIso(Date.now()) },
    },
  });
}

async function fill(file: string): Promise<void> {
  const log = await openSqliteLog({ file, clock: systemClock, eventTypes });
  for (let number = 1; number <= eventsPerServer; number++) {
    await log.append(servers.map((server) => result(server, number)));
  }
  await log.append(servers.map((server) => raised(server, 'the cause')));
  await log.close();
}

async function eventsByKey(file: string): Promise<ReadonlyMap<string, readonly Event[]>> {
  const log = await openSqliteLog({ file, clock: systemClock, eventTypes });
  const events = await readAll(log, {});
  await log.close();
  const byKey = new Map<string, Event[]>();
  for (const event of events) byKey.set(event.partitionkey, [...(byKey.get(event.partitionkey) ?? []), event]);
  return byKey;
}

const reportSchema = z.object({ events: z.number(), copied: z.number(), found: z.number(), verified: z.boolean() });

/** Copies, is killed again and again, and comes to its end at last. @returns what that one says */
async function copyWithKills(folder: string, random: () => number, ...args: readonly string[]) {
  for (let killed = 0; killed < kills; killed++) {
    const command = new Command(folder, 'log', 'copy', ...args);
    // It has appended something; what comes then is cut anywhere.
    await Promise.race([command.printed(/ events, /).catch(() => undefined), command.ended()]);
    await pause(random() * 300);
    if (command.child.exitCode === null) {
      command.child.kill('SIGKILL');
      if (command.child.signalCode === null) await once(command.child, 'exit');
    }
  }
  const { exitCode, stdout, stderr } = await Command.run(folder, 'log', 'copy', '--json', ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  process.stdout.write(`${args.join(' ')}: ${stdout.replaceAll(/\s+/g, ' ')}\n`);
  return reportSchema.parse(JSON.parse(stdout));
}

(why ? describe.skip : describe)('a log that is carried from SQLite to Kafka and back, killed on the way', () => {
  let place: Installation;
  beforeAll(async () => {
    place = await newInstallation();
  }, 240_000);

  it('is the same log, event by event, and hubs continue with it', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
    process.stdout.write(`seed of the kills: ${seed}\n`);
    const random = chance(seed);
    const folder = tempFolder();
    writeConfiguration(folder, { ...place.process, servers: servers.map((name) => ({ name })) });
    mkdirSync(join(folder, 'old'));
    const old = join(folder, 'old', 'events.db');
    await fill(old);
    const total = servers.length * (eventsPerServer + 1);

    const there = await copyWithKills(folder, random, '--from', `sqlite:${old}`, '--to', 'kafka');
    expect(there).toMatchObject({ events: total, verified: true });
    expect(there.copied + there.found).toBe(total);

    const back = join(folder, 'new', 'events.db');
    const again = await copyWithKills(folder, random, '--from', 'kafka', '--to', `sqlite:${back}`);
    expect(again).toMatchObject({ events: total, verified: true });
    expect(await eventsByKey(back)).toEqual(await eventsByKey(old));

    // What was copied is history: hubs fold it, tell no one, and count on.
    const hub = await WardProcess.openForTest({
      folder,
      configuration: {
        ...{ ...place.process, servers: [{ name: 'server-7' }] },
        checkups: [{ name: 'probe', plugin: 'disk-space', every: '1h' }],
      },
    });
    expect(await hub.messages()).toEqual([]);
    expect((await hub.alarms()).map(({ server }) => server).sort()).toEqual([...servers].sort());
    await until(
      () => hub.get('/api/v1/checkups'),
      ({ body }) => listOf(checkupSchema).parse(body).items.length === 1,
    );
    const probe = { ...result('server-7', 1), id: 'after the copy' };
    const answer = await fetch(new URL('/api/v1/events', hub.url), {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify({ ...probe, actor: undefined }),
    });
    expect(answer.status).toBe(200);
    const found = await hub.get(`/api/v1/events?limit=500&source=${serverKey('main', 'server-7')}&since=${probe.time}`);
    // In the copy's own epoch, behind the definitions of the server and its check-up.
    const [counted] = (found.body as { items: { sequence: string; epoch: string }[] }).items;
    expect(counted).toMatchObject({ sequence: '0000000000000003', epoch: expect.stringMatching(/^2-/) });
    await hub.close();

    // The topic is lost: what the archive holds is the log.
    const admin = kafkaClient({ ...place, partitions: 6 }).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [place.topic] });
    await admin.disconnect();
    const rescued = join(folder, 'rescued', 'events.db');
    const rescue = await Command.run(folder, 'log', 'copy', '--from', 'kafka', '--to', `sqlite:${rescued}`);
    expect(rescue).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('Only the events in its archive are copied'),
    });
    const more = await eventsByKey(rescued);
    for (const [key, events] of await eventsByKey(old)) expect(more.get(key)?.slice(0, events.length)).toEqual(events);

    // A hub works with it now: nothing is copied into it any more.
    const late = await Command.run(folder, 'log', 'copy', '--from', `sqlite:${back}`, '--to', 'kafka');
    expect(late.exitCode).toBe(1);
    expect(late.stderr).toContain('Wardround has already used Kafka topic');
  });
});

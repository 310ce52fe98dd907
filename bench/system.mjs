// Log, views, rules, notifications and outbox of one process, put together as the application does, on either engine.
import { Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { openEngines } from '../dist/src/engines.adapter.js';
import { nextDigestDue } from '../dist/src/notifications/digest-timetable.adapter.js';
import { NotificationsDecider } from '../dist/src/notifications/notifications.decider.js';
import { RulesDecider } from '../dist/src/rules/rules.decider.js';
import { systemClock } from '../dist/src/shared/clock.adapter.js';
import { allViews } from '../dist/src/capabilities.js';
import { asDecider } from '../dist/src/folding/decider.js';
import { DecidersService } from '../dist/src/folding/deciders.service.js';
import { OutboxService } from '../dist/src/folding/outbox.service.js';
import { ParkedLot } from '../dist/src/folding/parked/parked-lot.adapter.js';
import { ViewsService } from '../dist/src/folding/views.service.js';

/**
 * Opens and starts all of it. `kafka` means views in PostgreSQL as well: KAFKA_BROKERS and DATABASE_URL name the servers, and
 * without them a broker and a PostgreSQL are started here, which end with it.
 * @param name of the topic and the schema of the views, on Kafka
 */
export async function openSystem({ engine, folder, name = newName() }) {
  const closers = [];
  const opened = { add: (close) => closers.unshift(close) };
  if (engine === 'kafka') await fleetServers(opened);
  const { log, store } = await openLog({ engine, folder, name, opened });
  const parking = new ParkedLot(log, store, systemClock);
  const views = new ViewsService(log, store, allViews, parking);
  const list = [asDecider(new RulesDecider()), asDecider(new NotificationsDecider(nextDigestDue))];
  const deciders = new DecidersService(log, store, new OutboxService(log, store), list, parking);
  await views.start();
  opened.add(() => views.stop());
  await deciders.start();
  opened.add(() => deciders.stop());
  deciders.startClock(systemClock);
  const close = async () => {
    for (const part of closers) await part();
  };
  return { log, store, views, deciders, close };
}

/** Opens the log, and the database of the views with no one at work in it. */
export async function openLog({ engine, folder, name, opened }) {
  Logger.overrideLogger(['warn', 'error']);
  const settings = engine === 'kafka' ? fleetSettings(name) : machineSettings;
  const references = async (reference) => process.env[reference.name] ?? null;
  return openEngines(settings, { dataFolder: folder, references, clock: systemClock, opened });
}

/** A topic and a schema that no one else has. */
export function newName() {
  return `bench_${randomBytes(4).toString('hex')}`;
}

/**
 * Sees to it that KAFKA_BROKERS and DATABASE_URL name servers.
 * @returns the process ids of those that it started, by what they are
 */
export async function fleetServers(opened) {
  const started = {};
  if (!process.env.KAFKA_BROKERS) {
    const { startKafka } = await import('../test/tools/kafka.mjs');
    const cluster = await startKafka({ longRunning: true });
    opened.add(() => cluster.stop());
    process.env.KAFKA_BROKERS = cluster.bootstrap.join(',');
    started.kafka = cluster.brokers[0].pid;
  }
  if (!process.env.DATABASE_URL) {
    const { startPostgres } = await import('../test/tools/postgres.mjs');
    const server = await startPostgres();
    opened.add(() => server.stop());
    process.env.DATABASE_URL = server.url;
    started.postgres = server.pid;
  }
  return started;
}

export const partitions = 6;

export const machineSettings = { role: 'standalone', eventLog: { engine: 'sqlite' }, views: { engine: 'sqlite' } };

export const fleetSettings = (name) => ({
  role: 'hub',
  eventLog: { engine: 'kafka', brokers: ['${env:KAFKA_BROKERS}'], topic: name, partitions },
  views: { engine: 'postgres', url: '${env:DATABASE_URL}', schema: name, poolSize: 10 },
});

import { theSystem } from '../access/principal.js';
import { allTables } from '../capabilities.js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PartHealth, SubscriptionStatus } from '../event-log/event-log.js';
import { WardroundError } from '../shared/errors.js';
import { fromIso } from '../shared/instant.js';
import type { Settings } from '../shared/settings.js';
import { outboxTable } from '../store/bookkeeping.entity.js';
import { SqliteViewStore } from '../store/sqlite-view-store.adapter.js';
import { Consumers } from './consumers.service.js';
import { Readiness } from './readiness.service.js';
import type { LogIdentity } from '../event-log/log-identity.js';
import { SystemService } from './system.service.js';

let folder: string;
let store: SqliteViewStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wardround-system-'));
  store = await SqliteViewStore.open(join(folder, 'views.db'), allTables);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const never = <T>() => new Promise<T>(() => undefined);
const clock = { instant: fromIso('2026-11-22T08:00:00Z'), now: () => clock.instant };
const well = (name: string): SubscriptionStatus => ({ name, lag: 0, handled: 0, parked: 0, lastError: null });
const identity: LogIdentity = {
  id: 'bG9nIG9uZSBsb2cgb25lIG',
  epoch: '2-k3f9x2ab',
  because: 'behind-mark',
  before: '1',
};
const log = {
  head: async () => new Map<number, number>(),
  partitions: () => [0],
  identity: async (): Promise<LogIdentity> => identity,
};
const views = { status: async () => well('views') };
const deciders = { statuses: async () => [well('rules'), well('notifications')] };
const consumersOf = (change: object = {}) =>
  new Consumers({ ...log, ...change }, { ...views, ...change }, { ...deciders, ...change }, clock);

const troubles = (parts: readonly PartHealth[]) => parts.filter(({ trouble }) => trouble !== null);

describe('a process is ready', () => {
  it('when its log and its views answer', async () => {
    expect(await new Readiness(log, store).parts()).toEqual([
      { name: 'the event log', trouble: null },
      { name: 'the views', trouble: null },
    ]);
  });

  it('when all is well that its log depends on, which the log says itself', async () => {
    const parts = [
      { name: 'Kafka', trouble: null },
      { name: 'the archive', trouble: 'PostgreSQL is away' },
    ];
    const readiness = new Readiness({ ...log, head: never, health: async () => parts }, store);
    expect(await readiness.parts()).toEqual([...parts, { name: 'the views', trouble: null }]);
  });

  it('and not when the log cannot be read, in its words', async () => {
    const closed = new WardroundError('log-closed', 'the event log is closed');
    const readiness = new Readiness({ ...log, head: () => Promise.reject(closed) }, store);
    expect(troubles(await readiness.parts())).toEqual([{ name: 'the event log', trouble: 'the event log is closed' }]);
  });

  it('and not when the views cannot be read', async () => {
    await store.close();
    expect(troubles(await new Readiness(log, store).parts())).toMatchObject([{ name: 'the views' }]);
  });

  it('and not when no one answers, which is told within two seconds', async () => {
    for (const hanging of [{ head: never }, { health: never }]) {
      const readiness = new Readiness({ ...log, ...hanging }, store);
      expect(troubles(await readiness.parts())).toEqual([
        { name: 'the event log', trouble: 'no response within 1.5 s' },
      ]);
    }
  });
});

describe('those who go through the log', () => {
  it('are told of, with what brings events in where there is such', async () => {
    const names = async (consumers: Consumers) => (await consumers.list()).map(({ name }) => name);
    expect(await names(consumersOf())).toEqual(['views', 'rules', 'notifications']);
    const intake = async () => well('intake');
    expect(await names(consumersOf({ intake }))).toEqual(['intake', 'views', 'rules', 'notifications']);
  });

  it('are told of as they were when they do not answer any more', async () => {
    let status: () => Promise<SubscriptionStatus> = async () => ({ ...well('views'), lag: 5, parked: 2 });
    const consumers = consumersOf({ status: () => status() });
    await consumers.list();
    status = never;
    expect((await consumers.list())[0]).toMatchObject({
      ...{ name: 'views', state: 'failing', lag: 5, parked: 2 },
      lastError: 'its status cannot be read: no response within 1 s',
    });
    status = () => Promise.reject(new Error('the database is not available'));
    expect((await consumers.list())[0]?.lastError).toBe('its status cannot be read: the database is not available');
    status = async () => well('views');
    expect((await consumers.list())[0]).toMatchObject({ state: 'current', lastError: null });
  });

  it('fail since the first time it was seen', async () => {
    const status = async () => ({ ...well('views'), lastError: 'no' });
    const consumers = consumersOf({ status });
    const began = clock.instant;
    for (clock.instant = began; clock.instant < began + 600_000; clock.instant += 5_000) await consumers.list();
    expect((await consumers.list())[0]).toMatchObject({ since: new Date(began).toISOString() });
  });

  it('call when something is otherwise than before', async () => {
    let status = well('views');
    let calls = 0;
    const consumers = consumersOf({ status: async () => status });
    consumers.listen(() => calls++);
    await consumers.list();
    await consumers.list();
    expect(calls).toBe(1);
    status = { ...status, parked: 1 };
    await consumers.list();
    expect(calls).toBe(2);
  });
});

describe('a process tells of itself', () => {
  const settings: Settings = {
    ...{ configFile: 'wardround.yaml', dataFolder: '.', port: 0, role: 'hub', attended: true },
    ...{ computer: 'HUB-1', user: 'wardround', token: 'a secret' },
    engines: { eventLog: 'kafka', views: 'postgres' },
    startedWith: { role: 'hub', eventLog: { engine: 'kafka' }, views: { engine: 'postgres' } },
  };
  const systemOf = (consumers: Consumers) =>
    new SystemService(settings, store, new Readiness(log, store), consumers, clock, log);

  it('what it is, what it has, and what waits', async () => {
    const row = { source: '/wardround/rules', id: 'a', partition: 0, place: 1, event: {} };
    await store.write((tx) => tx.insert(outboxTable, row));
    const system = systemOf(consumersOf({ partitions: () => [11, 2, 5] }));
    clock.instant += 90_000;
    const report = await system.report(theSystem);
    expect(report).toMatchObject({
      ...{ computer: 'HUB-1', role: 'hub', engines: settings.engines, partitions: [2, 5, 11], uptimeSeconds: 90 },
      ...{ version: expect.stringMatching(/^\d+\.\d+\.\d+/), outboxWaiting: 1, messagesWaiting: 0 },
      log: identity,
      consumers: [{ name: 'views' }, { name: 'rules' }, { name: 'notifications' }],
    });
    expect(JSON.stringify(report)).not.toContain('secret');
  });

  it('also while its database is away', async () => {
    const system = systemOf(consumersOf());
    await store.close();
    expect(await system.report(theSystem)).toMatchObject({
      ...{ outboxWaiting: null, messagesWaiting: null },
      parts: [{ trouble: null }, { name: 'the views', trouble: expect.any(String) }],
    });
  });
});

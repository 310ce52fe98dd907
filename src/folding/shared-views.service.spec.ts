import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntitySchema, ObjectLiteral } from 'typeorm';
import { MemoryLog, type MemoryProcess } from '../../test/fixtures/memory-log.js';
import { events, midnight, minute, rule } from '../../test/fixtures/rule-events.js';
import { eachViewStore, storePatienceMs } from '../../test/fixtures/view-stores.js';
import { type AnyEvent, allTables, allViews, viewTables } from '../capabilities.js';
import { openViewStore } from '../store/open-view-store.adapter.js';
import { runTable } from '../backups/views/runs/runs.entity.js';
import type { ViewStore } from '../store/view-store.adapter.js';
import { ViewsService } from './views.service.js';

const partitions = 4;
const at = (minutes: number) => midnight + minutes * minute;
const servers = Array.from({ length: 8 }, (_, index) => `server-${index}`);

interface Hub {
  readonly log: MemoryProcess;
  readonly store: ViewStore;
  readonly views: ViewsService;
  /** The views told of, each time. */
  readonly told: ReadonlySet<string>[];
}

/** A happening on each server, of every kind that views fold. */
function happenings(from: number, count: number): readonly AnyEvent[] {
  return Array.from({ length: count }, (_, index) => from + index).flatMap((number) => {
    const server = servers[number % servers.length] ?? '';
    const [run, job] = [`run-${number}`, `job-${number % 3}`];
    return [
      events.diskFree(`disk-${number}`, at(number), server, number % 100, `disk-${number % 5}`),
      events.logged(`log-${number}`, at(number), server, job, run, ['one', 'two', 'three'], 'warning'),
      events.completed(`end-${number}`, at(number), server, job, run, number % 4 === 0 ? 'failed' : 'succeeded'),
      ...(number % 10 === 0 ? [events.checkupRetired(`gone-${number}`, at(number), server, 'disk-0')] : []),
      ...(number % 9 === 0 ? [events.jobDefined(`job-${number}`, at(number), server, job)] : []),
      ...(number % 27 === 0 ? [events.jobRetired(`nojob-${number}`, at(number), server, job)] : []),
    ];
  });
}

describe.each(eachViewStore)('views of several partitions on $name', ({ fresh, engine }) => {
  let log: MemoryLog;
  let hubs: Hub[];
  let settings: Awaited<ReturnType<typeof fresh>>;

  beforeEach(async () => {
    log = new MemoryLog(partitions);
    hubs = [];
    settings = await fresh();
  }, storePatienceMs);
  afterEach(async () => {
    for (const hub of hubs.splice(0)) await end(hub);
  });

  async function hub(...own: readonly number[]): Promise<Hub> {
    const [process, store] = [log.process(...own), await openViewStore(settings, allTables)];
    const views = new ViewsService(process, store, allViews);
    const told: ReadonlySet<string>[] = [];
    views.listen((names) => told.push(names));
    const opened = { log: process, store, views, told };
    hubs.push(opened);
    await views.start();
    return opened;
  }

  async function end({ views, store }: Hub): Promise<void> {
    await views.stop();
    await store.close();
  }

  async function caughtUp(): Promise<void> {
    for (const { views } of hubs) await views.caughtUp();
  }

  /** All rows of all views, by table. */
  async function rows(store: ViewStore): Promise<Record<string, readonly unknown[]>> {
    const found: Record<string, readonly unknown[]> = {};
    for (const table of viewTables as readonly EntitySchema<ObjectLiteral>[]) {
      const keys = store.read.dataSource.getMetadata(table).primaryColumns.map(({ propertyName }) => propertyName);
      const order = Object.fromEntries(keys.map((key) => [key, 'ASC' as const]));
      found[table.options.name] = await store.read.find(table, { order });
    }
    return found;
  }

  /** The views of the whole log as it is now, folded once, event by event, by its own process. */
  async function foldedOnce(): Promise<Record<string, readonly unknown[]>> {
    const store = await openViewStore(await fresh(), allTables);
    const views = new ViewsService(log.process(0, 1, 2, 3), store, allViews);
    await views.start();
    await views.caughtUp();
    await views.stop();
    const found = await rows(store);
    await store.close();
    return found;
  }

  it('are rebuilt to what folding once gives', async () => {
    const { store, views } = await hub(0, 1, 2, 3);
    log.append([events.ruleDefined('rule', at(0), rule('r', { checkup: 'disk', metric: 'free', below: 10 }))]);
    log.append(happenings(0, 120));
    await views.caughtUp();
    const before = await rows(store);
    await store.write((tx) => tx.update(runTable, { runId: 'run-7' }, { job: 'of somebody else' }));
    await store.write((tx) => tx.delete(runTable, { runId: 'run-8' }));
    const rebuilt = await views.rebuild();
    expect(rebuilt.filter(({ rowsChanged }) => rowsChanged > 0)).toEqual([{ name: 'runs', rowsChanged: 3 }]);
    expect(await rows(store)).toEqual(before);
    expect(before).toEqual(await foldedOnce());
    expect(log.all().filter(({ event }) => event.source.startsWith('/wardround/'))).toEqual([]);
  });

  it('are rebuilt while events come in, by each process that asks', async () => {
    const others = engine === 'postgres' ? [await hub(0, 1), await hub(2, 3)] : [await hub(0, 1, 2, 3)];
    log.append(happenings(0, 100));
    let next = 100;
    let rebuilding = true;
    const living = (async () => {
      while (rebuilding) {
        log.append(happenings(next, 5));
        next += 5;
        await sleep(20);
      }
    })();
    const rebuilds = await Promise.all(others.map(({ views }) => views.rebuild()));
    rebuilding = false;
    await living;
    await caughtUp();
    expect(rebuilds.flat().filter(({ rowsChanged }) => rowsChanged > 0)).toEqual([]);
    expect(next).toBeGreaterThan(100);
    const [first] = others;
    expect(first && (await rows(first.store))).toEqual(await foldedOnce());
  });

  it('are rebuilt rightly though a partition has its first event meanwhile', async () => {
    const { store, views } = await hub(0, 1, 2, 3);
    const of = (partition: number) => (event: AnyEvent) => log.partitionOf(event.partitionkey) === partition;
    const all = happenings(0, 80);
    log.append(all.filter((event) => of(0)(event) || of(1)(event)));
    await views.caughtUp();
    const rebuilding = views.rebuild();
    for (const event of all.filter(of(2))) {
      log.append([event]);
      await sleep(1);
    }
    log.append(all.filter(of(3)));
    await rebuilding;
    await views.caughtUp();
    expect(await rows(store)).toEqual(await foldedOnce());
  });

  // SQLite is for one process.
  if (engine !== 'postgres') return;

  it('tell of what another process has folded, and of one’s own once', async () => {
    const [one, other] = [await hub(0, 1), await hub(2, 3)];
    await caughtUp();
    await sleep(700); // until both have looked
    const mine = happenings(0, 40).filter((event) => log.partitionOf(event.partitionkey) < 2);
    log.append(mine.slice(0, 1));
    await one.views.caughtUp();
    await until(() => other.told.length > 0);
    await sleep(1100); // two looks more
    expect(one.told).toHaveLength(1);
    expect([...(one.told[0] ?? [])]).toEqual(['checkup-status']);
    expect(other.told).toHaveLength(1);
    expect(other.told[0]?.size).toBeGreaterThan(1);
  });

  it('tell of what was folded by the process that had a partition before', async () => {
    const [one, other] = [await hub(0, 1, 2, 3), await hub()];
    await sleep(700);
    log.append(happenings(0, 3));
    await one.views.caughtUp();
    await one.log.take();
    await other.log.take(0, 1, 2, 3);
    log.append(happenings(3, 3));
    await other.views.caughtUp();
    await until(
      () => other.told.some((names) => names.has('messages')) && one.told.some((names) => names.has('messages')),
    );
    expect(one.told.length).toBeGreaterThan(1);
  });

  it('are brought to the version of the program by one of the processes that start with it', async () => {
    const first = await hub(0, 1, 2, 3);
    log.append(happenings(0, 50));
    await caughtUp();
    const before = await rows(first.store);
    await first.store.write((tx) => tx.query('UPDATE view_versions SET version = 0'));
    await first.store.write((tx) => tx.query(`UPDATE runs SET job = 'as an old fold made it'`));
    await end(hubs.splice(0)[0] ?? first);
    const [one] = await Promise.all([hub(0, 1), hub(2, 3)]);
    expect(await rows(one.store)).toEqual(before);
  });

  it('stay as they were when the rebuild is cut off from the database, and the next one cleans up', async () => {
    const { store, views } = await hub(0, 1, 2, 3);
    log.append(happenings(0, 150));
    await views.caughtUp();
    await store.write((tx) => tx.update(runTable, { runId: 'run-7' }, { job: 'of somebody else' }));
    const before = await rows(store);
    const schemas = () =>
      store.read.query<{ nspname: string }[]>(
        "SELECT nspname FROM pg_namespace WHERE nspname = current_schema() || '_rebuild'",
      );
    const failing = expect(views.rebuild()).rejects.toThrow();
    await until(async () => (await schemas()).length > 0);
    await store.write((tx) =>
      tx.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()`,
      ),
    );
    await failing;
    expect(await rows(store)).toEqual(before);
    expect(await schemas()).toHaveLength(1);
    expect((await views.rebuild('runs'))[0]).toEqual({ name: 'runs', rowsChanged: 2 });
    expect(await schemas()).toEqual([]);
  });

  it('keep what an administrator granted and built on them', async () => {
    const { store, views } = await hub(0, 1, 2, 3);
    log.append(happenings(0, 20));
    await views.caughtUp();
    await store.write((tx) => tx.query('CREATE VIEW failures AS SELECT * FROM runs WHERE outcome = $$failed$$'));
    await store.write((tx) => tx.query(`UPDATE runs SET outcome = 'running'`));
    await views.rebuild();
    expect(await store.read.query('SELECT count(*)::int AS count FROM failures')).toEqual([{ count: 5 }]);
  });

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await condition())) await sleep(20);
  }
});

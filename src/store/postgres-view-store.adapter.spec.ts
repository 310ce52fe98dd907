import { allTables } from '../capabilities.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  databasePatienceMs,
  freshDatabase,
  ownPostgres,
  whyNoOwnPostgres,
  whyNoPostgres,
} from '../../test/fixtures/postgres.js';
import { WardroundError } from '../shared/errors.js';
import { checkpointTable, viewVersionTable } from './bookkeeping.entity.js';
import { openViewStore } from './open-view-store.adapter.js';
import { PostgresViewStore } from './postgres-view-store.adapter.js';
import { upsert } from './upsert.adapter.js';
import type { ViewTransaction } from './view-store.adapter.js';

const note =
  (view: string, version = 1) =>
  (tx: ViewTransaction) =>
    upsert(tx, viewVersionTable, [{ view, version }]);

async function refusal(url: string): Promise<WardroundError> {
  const error = await PostgresViewStore.open({ url }, allTables).then(
    (store) => store.close(),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof WardroundError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

describe('PostgreSQL that cannot be used', () => {
  it('is refused with what was tried, and without the password', async () => {
    const server = await listening(createServer((socket) => socket.destroy()));
    const { port } = server.address() as AddressInfo;
    server.close();
    const error = await refusal(`postgres://ward:secret@127.0.0.1:${port}/clinic`);
    expect(error.code).toBe('unreachable');
    expect(error.message).toContain(`PostgreSQL at 127.0.0.1:${port}, database "clinic", as "ward": `);
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.advice).toMatch(/running/);
    expect(JSON.stringify([error.message, error.advice, String(error)])).not.toContain('secret');
  });

  it('is refused within 10 s if it takes connections and says nothing', async () => {
    const sockets = new Set<Socket>();
    const server = await listening(createServer((socket) => sockets.add(socket.on('error', () => undefined))));
    const { port } = server.address() as AddressInfo;
    const startedAt = performance.now();
    expect(await refusal(`postgres://ward@127.0.0.1:${port}/clinic`)).toMatchObject({ code: 'unreachable' });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('is refused if its URL is none', async () => {
    expect(await refusal('postgres://ward:secret@[half/clinic')).toMatchObject({ code: 'unreachable' });
  });
});

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const reason = whyNoPostgres();
if (reason !== null) console.log(`Not tested: ${reason}`);
const describeWithPostgres = reason === null ? describe : describe.skip;

describeWithPostgres('the views on PostgreSQL', () => {
  let url: string;
  let store: PostgresViewStore;
  let client: pg.Client;

  beforeAll(async () => {
    url = await freshDatabase();
    client = new pg.Client(url);
    await client.connect();
  }, databasePatienceMs);
  afterAll(() => client.end());

  beforeEach(async () => {
    store = await PostgresViewStore.open({ url }, allTables);
    await store.write((tx) => tx.clear(viewVersionTable));
  });
  afterEach(() => store.close());

  const versions = async () => {
    const rows = await store.read.find(viewVersionTable);
    return Object.fromEntries(rows.map(({ view, version }) => [view, version]));
  };

  it('are migrated once by processes that start at once', async () => {
    const other = await freshDatabase();
    const stores = await Promise.all(
      Array.from({ length: 4 }, () =>
        openViewStore({ engine: 'postgres', url: other, schema: 'ward "one"' }, allTables),
      ),
    );
    const [first] = stores;
    const ran = await first?.read.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY id');
    expect(new Set(ran?.map(({ name }) => name)).size).toBe(ran?.length);
    expect(ran?.length).toBeGreaterThan(1);
    await stores[3]?.write(note('shared'));
    expect(await first?.read.count(viewVersionTable)).toBe(1);
    for (const one of stores) await one.close();
  });

  it('say which database is not there', async () => {
    const error = await refusal(url.replace(/\/[^/]*$/, '/nowhere'));
    expect(error.message).toContain('database "nowhere"');
    expect(error.advice).toContain('CREATE DATABASE');
  });

  it('say what a user lacks who may not make tables', async () => {
    const name = `reader_${process.pid}`;
    await client.query(`CREATE ROLE ${name} LOGIN`);
    const other = new URL(await freshDatabase());
    other.username = name;
    const error = await refusal(other.href);
    expect(error).toMatchObject({ code: 'unreachable', advice: expect.stringContaining('grant it CREATE') });
    await client.query(`DROP ROLE ${name}`);
  });

  it('sort and compare texts by their bytes, whatever the language of the database', async () => {
    const { rows } = await client.query<{ collation_name: string | null }>(
      `SELECT DISTINCT collation_name FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name <> 'migrations' AND data_type IN ('text', 'character varying')`,
    );
    expect(rows).toEqual([{ collation_name: 'C' }]);
  });

  it('run transactions side by side', async () => {
    let arrived = 0;
    let meet = () => {};
    const met = new Promise<void>((resolve) => (meet = resolve));
    const both = ['a', 'b'].map((name) =>
      store.write(async (tx) => {
        await note(name)(tx);
        if (++arrived === 2) meet();
        await met;
      }),
    );
    await Promise.all(both);
    expect(await versions()).toEqual({ a: 1, b: 1 });
  });

  it('do a transaction again that another one got in the way of', async () => {
    await store.write((tx) =>
      upsert(
        tx,
        viewVersionTable,
        ['a', 'b'].map((view) => ({ view, version: 0 })),
      ),
    );
    let tries = 0;
    const addTo = (first: string, second: string) =>
      store.write(async (tx) => {
        tries++;
        for (const view of [first, second]) {
          await tx.increment(viewVersionTable, { view }, 'version', 1);
          await sleep(15);
        }
      });
    await Promise.all([addTo('a', 'b'), addTo('b', 'a'), addTo('a', 'b'), addTo('b', 'a')]);
    expect(await versions()).toEqual({ a: 4, b: 4 });
    expect(tries).toBeGreaterThan(4);
  });

  it('do not take for done what a failed statement has undone', async () => {
    const writing = store.write(async (tx) => {
      await note('lost')(tx);
      await tx.query('SELECT * FROM nowhere').catch(() => undefined);
    });
    await expect(writing).rejects.toThrow('failed without an error');
    expect(await versions()).toEqual({});
    await store.write(note('next'));
    expect(await versions()).toEqual({ next: 1 });
  });

  it('let one process at a time do what is to be done alone, and let go when it dies', async () => {
    const other = await PostgresViewStore.open({ url }, allTables);
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await sleep(20);
      inside--;
    };
    await Promise.all([store, other, store, other].map((one) => one.exclusively('apply', work)));
    expect(most).toBe(1);
    const dying = store.exclusively('apply', async () => {
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database
          WHERE locktype = 'advisory' AND datname = current_database()`,
      );
      return other.exclusively('apply', () => Promise.resolve('at hand again'));
    });
    expect(await dying).toBe('at hand again');
    await other.close();
  });

  describe('moving the checkpoints of several partitions', () => {
    const partitions = [1, 2, 3];
    let transactions: Map<number, string>;

    beforeEach(async () => {
      transactions = new Map();
      await store.write((tx) => tx.clear(checkpointTable));
      for (const partition of partitions) await moveOn(partition, 0);
    });

    /** Moves a checkpoint by one, and notes in which transaction. */
    const moveOn = (
      partition: number,
      from: number,
      beside: (tx: ViewTransaction) => Promise<unknown> = async () => {},
    ) =>
      store.commit([{ subscription: 'views', partition, from, to: from + 1 }], async (tx) => {
        const [row] = await tx.query<{ id: string }[]>('SELECT pg_current_xact_id()::text AS id');
        transactions.set(partition, row?.id ?? '');
        await note(`partition ${partition}`, from + 1)(tx);
        await beside(tx);
      });
    const moveAll = (from: number) => Promise.all(partitions.map((partition) => moveOn(partition, from)));
    const stands = async () => [...(await store.load('views'))].sort(([a], [b]) => a - b).map(([, offset]) => offset);

    it('do it in one transaction, where they are asked at once', async () => {
      expect(await moveAll(1)).toEqual([true, true, true]);
      expect(new Set(transactions.values()).size).toBe(1);
      expect(await stands()).toEqual([2, 2, 2]);
      expect(await versions()).toEqual({ 'partition 1': 2, 'partition 2': 2, 'partition 3': 2 });
    });

    it('leave out one that another process has moved', async () => {
      await client.query(`UPDATE checkpoints SET "offset" = 7 WHERE partition = 2`);
      expect(await moveAll(1)).toEqual([true, false, true]);
      expect(await stands()).toEqual([2, 7, 2]);
      expect(await versions()).toEqual({ 'partition 1': 2, 'partition 2': 1, 'partition 3': 2 });
    });

    it('do not wait for one that another process holds', async () => {
      await client.query('BEGIN; SELECT * FROM checkpoints WHERE partition = 2 FOR UPDATE');
      const held = moveOn(2, 1);
      expect(await Promise.all([moveOn(1, 1), moveOn(3, 1)])).toEqual([true, true]);
      expect(await Promise.all([moveOn(1, 2), moveOn(3, 2)])).toEqual([true, true]);
      expect(await stands()).toEqual([3, 1, 3]);
      await client.query('COMMIT');
      expect(await held).toBe(true);
    });

    it('do the others where the work of one waits too long for a row of someone else', async () => {
      await client.query(`BEGIN; SELECT * FROM view_versions WHERE view = 'partition 2' FOR UPDATE`);
      const held = moveOn(2, 1);
      expect(await Promise.all([moveOn(1, 1), moveOn(3, 1)])).toEqual([true, true]);
      await client.query('COMMIT');
      expect(await held).toBe(true);
      expect(await versions()).toEqual({ 'partition 1': 2, 'partition 2': 2, 'partition 3': 2 });
    }, 30_000);

    it('do the others where the work of one fails, and nothing of that one', async () => {
      const failing = moveOn(2, 1, (tx) => tx.query('SELECT * FROM nowhere'));
      const outcomes = await Promise.allSettled([moveOn(1, 1), failing, moveOn(3, 1)]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await stands()).toEqual([2, 1, 2]);
      expect(await versions()).toEqual({ 'partition 1': 2, 'partition 2': 1, 'partition 3': 2 });
    });
  });

  it('continue when their connections were cut, and say meanwhile that the database was away', async () => {
    const cut = () =>
      client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
    const writing = store.write(async (tx) => {
      await note('cut off')(tx);
      await cut();
      await note('cut off', 2)(tx);
    });
    const error = await writing.catch((thrown: unknown) => thrown);
    expect(store.isAway(error)).toBe(true);
    await store.write(note('after')).catch(() => store.write(note('after')));
    expect(await versions()).toEqual({ after: 1 });
  });
});

const ownReason = whyNoOwnPostgres();
if (ownReason !== null) console.log(`Not tested: ${ownReason}`);
const describeWithOwn = ownReason === null ? describe : describe.skip;

describeWithOwn('when PostgreSQL is killed, the views', () => {
  it(
    'say so, and continue by themselves when it is back',
    async () => {
      const server = await ownPostgres();
      const store = await PostgresViewStore.open({ url: server.url, poolSize: 3 }, allTables);
      await store.write(note('before'));
      await server.kill();
      const errors = [
        await store.write(note('meanwhile')).catch((error: unknown) => error),
        await store.read.count(viewVersionTable).catch((error: unknown) => error),
        await store.load('views').catch((error: unknown) => error),
        await store.exclusively('apply', () => Promise.resolve()).catch((error: unknown) => error),
      ];
      expect(errors.map((error) => store.isAway(error))).toEqual([true, true, true, true]);
      await server.start();
      await store.write(note('after'));
      expect(await store.read.count(viewVersionTable)).toBe(2);
      await store.close();
    },
    databasePatienceMs,
  );
});

import { allTables } from '../capabilities.js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { eachViewStore, storePatienceMs } from '../../test/fixtures/view-stores.js';
import { checkpointTable, viewVersionTable } from './bookkeeping.entity.js';
import { openViewStore } from './open-view-store.adapter.js';
import { upsert } from './upsert.adapter.js';
import type { ViewStore, ViewTransaction } from './view-store.adapter.js';

const move = (partition: number, from: number, to: number) => ({ subscription: 'views', partition, from, to });
const nothing = () => Promise.resolve();

describe.each(eachViewStore)('the database of the views on $name', ({ fresh }) => {
  let store: ViewStore;
  let settings: Awaited<ReturnType<typeof fresh>>;

  beforeEach(async () => {
    settings = await fresh();
    store = await openViewStore(settings, allTables);
  }, storePatienceMs);
  afterEach(() => store.close());

  const note =
    (view: string, version = 1) =>
    (tx: ViewTransaction) =>
      upsert(tx, viewVersionTable, [{ view, version }]);
  const noted = async () =>
    (await store.read.find(viewVersionTable, { order: { view: 'ASC' } })).map(({ view }) => view);

  it('moves checkpoints with the work, or neither', async () => {
    expect(await store.commit([move(0, 0, 5), move(1, 0, 7)], note('first'))).toBe(true);
    const failing = store.commit([move(0, 5, 6)], async (tx) => {
      await note('second')(tx);
      throw new Error('on purpose');
    });
    await expect(failing).rejects.toThrow('on purpose');
    expect(await store.load('views')).toEqual(new Map([[0, 5], [1, 7]])); // prettier-ignore
    expect(await noted()).toEqual(['first']);
  });

  it('changes nothing for an owner whose checkpoint has moved on, not even one of several', async () => {
    await store.commit([move(0, 0, 5), move(1, 0, 7)], nothing);
    expect(await store.commit([move(0, 5, 6), move(1, 0, 8)], note('stale'))).toBe(false);
    expect(await store.commit([move(0, 4, 4)], note('stale'))).toBe(false);
    expect(await store.commit([move(0, 5, 5)], note('held'))).toBe(true);
    expect(await store.load('views')).toEqual(new Map([[0, 5], [1, 7]])); // prettier-ignore
    expect(await noted()).toEqual(['held']);
  });

  it('lets one of many win who take the same step at once', async () => {
    const steps = Array.from({ length: 12 }, (_, index) => store.commit([move(0, 0, 1)], note(`step ${index}`)));
    const won = (await Promise.all(steps)).filter(Boolean);
    expect(won).toHaveLength(1);
    expect(await noted()).toHaveLength(1);
  });

  it('reads what was committed and nothing else, and writes nothing by a query', async () => {
    let release = nothing;
    const held = new Promise<void>((resolve) => (release = async () => resolve()));
    let seen: readonly string[] = ['not looked yet'];
    const writing = store.write(async (tx) => {
      await note('in hand')(tx);
      seen = await noted();
      await held;
    });
    await release();
    await writing;
    expect(seen).toEqual([]);
    expect(await noted()).toEqual(['in hand']);
    await expect(store.read.delete(viewVersionTable, { view: 'in hand' })).rejects.toThrow(/read-?only/);
    expect(await noted()).toEqual(['in hand']);
  });

  it('lets work of one name run alone, and other work meanwhile', async () => {
    const running = new Set<string>();
    let together = 0;
    const work = (name: string) =>
      store.exclusively(name, async () => {
        if (running.has(name)) together++;
        running.add(name);
        await store.write(note(name));
        running.delete(name);
        return name;
      });
    expect(await Promise.all([work('a'), work('b'), work('a'), work('a')])).toEqual(['a', 'b', 'a', 'a']);
    expect(together).toBe(0);
    await expect(store.exclusively('a', () => Promise.reject(new Error('on purpose')))).rejects.toThrow('on purpose');
    expect(await work('a')).toBe('a');
  });

  it('ends the waiting for work of that name when told to', async () => {
    const stopping = new AbortController();
    await store.exclusively('a', async () => {
      const waiting = store.exclusively('a', () => Promise.resolve('done all the same'), stopping.signal);
      stopping.abort(new Error('we stop'));
      if (store.shared) await expect(waiting).rejects.toThrow('we stop');
      else waiting.catch(nothing);
    });
  });

  it('knows errors of the work from those of a database that is away', async () => {
    const refused = await store
      .write((tx) => tx.query<unknown>('SELECT * FROM nowhere'))
      .catch((error: unknown) => error);
    const failed = await store
      .write(() => Promise.reject(new TypeError('no such field')))
      .catch((error: unknown) => error);
    const twice = (tx: ViewTransaction) => tx.insert(checkpointTable, { subscription: 'x', partition: 0, offset: 0 });
    await store.write(twice);
    const conflict = await store.write(twice).catch((error: unknown) => error);
    for (const error of [refused, failed, conflict]) {
      expect(error).toBeInstanceOf(Error);
      expect(store.isAway(error)).toBe(false);
    }
    const away = store.shared ? { code: '53300' } : { code: 'SQLITE_FULL' };
    expect(store.isAway(Object.assign(new Error('no room'), away))).toBe(true);
    expect(store.isAway(new Error('in words', { cause: Object.assign(new Error('no room'), away) }))).toBe(true);
  });

  it('keeps what it holds when it is opened again', async () => {
    await store.commit([move(0, 0, 5)], note('kept'));
    await store.close();
    store = await openViewStore(settings, allTables);
    expect(await noted()).toEqual(['kept']);
    expect(await store.load('views')).toEqual(new Map([[0, 5]]));
  });

  it('keeps a checkpoint that begins while tables are exchanged, with its rows', async () => {
    await store.commit([move(0, 0, 5)], note('to be replaced'));
    let late = Promise.resolve(false);
    let folds = 0;
    const changed = await store.replaceTables('views', ['view_versions'], async (write, _from, upTo) => {
      if (++folds === 1) await write(note('new'));
      else late = store.commit([move(3, 0, 2)], note('late'));
      await sleep(50);
      return upTo;
    });
    expect(changed).toEqual(new Map([['view_versions', 2]]));
    expect(await late).toBe(true);
    expect(await noted()).toEqual(['late', 'new']);
    expect(await store.load('views')).toEqual(new Map([[0, 5], [3, 2]])); // prettier-ignore
  });

  it('leaves the tables as they were if the new ones cannot be filled', async () => {
    await store.commit([move(0, 0, 5)], note('old'));
    const failing = store.replaceTables('views', ['view_versions'], async (write) => {
      await write(note('new'));
      throw new Error('on purpose');
    });
    await expect(failing).rejects.toThrow('on purpose');
    expect(await noted()).toEqual(['old']);
    await store.replaceTables('views', ['view_versions'], (_write, _from, upTo) => Promise.resolve(upTo));
    expect(await noted()).toEqual([]);
  });

  it('ends what is in progress before it closes', async () => {
    const writing = store.write(async (tx) => {
      await tx.query('SELECT 1');
      await note('last')(tx);
    });
    await store.close();
    await writing;
    store = await openViewStore(settings, allTables);
    expect(await noted()).toEqual(['last']);
  });
});

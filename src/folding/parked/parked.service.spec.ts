import { theSystem } from '../../access/principal.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decided, note } from '../../../test/contract/clinic-events.js';
import { MemoryPartition } from '../../../test/fixtures/memory-partition.js';
import { tempFolder } from '../../../test/fixtures/temp-folder.js';
import { eachViewStore, storePatienceMs } from '../../../test/fixtures/view-stores.js';
import { eventTypes } from '../../capabilities.js';
import type { Recorded } from '../../event-log/envelope.js';
import { readAll, type EventLog, type SubscriptionOptions } from '../../event-log/event-log.js';
import { openSqliteLog } from '../../event-log/sqlite/sqlite-log.adapter.js';
import { SubscriptionLoop } from '../../event-log/subscription/subscription-loop.adapter.js';
import { systemClock } from '../../shared/clock.adapter.js';
import { deliveryClaimTable } from '../../notifications/delivery-claim.entity.js';
import { outboxTable } from '../../store/bookkeeping.entity.js';
import { OutboxService } from '../outbox.service.js';
import { upsert } from '../../store/upsert.adapter.js';
import type { ViewStore, ViewTransaction } from '../../store/view-store.adapter.js';
import { ParkedLot } from './parked-lot.adapter.js';
import { parkedId, parseParkedId, type ParkedPlace } from './parked-place.js';
import { listParked } from './parked.queries.js';
import { ParkedService } from './parked.service.js';

const now = Date.UTC(2026, 10, 22, 8);
const person = { actor: 'cli:kern', reason: 'a test of the probe', now };
const keyOf = (server: string) => `/sites/north-street/servers/${server}`;

// What is parked is told in the process's log, loudly.
beforeAll(() => void Logger.overrideLogger(false));
afterAll(() => void Logger.overrideLogger(true));

describe.each(eachViewStore)('parked events on $name', ({ open }) => {
  let log: EventLog;
  let store: ViewStore;
  let lot: ParkedLot;
  let outbox: OutboxService;
  let parked: ParkedService;
  let poison: Set<string | undefined>;
  let order: string[];
  let loops: SubscriptionLoop<ViewTransaction>[];

  beforeEach(async () => {
    log = await openSqliteLog({ file: join(tempFolder(), 'events.db'), clock: systemClock, eventTypes });
    store = await open();
    lot = new HastyLot(log, store, { now: () => now });
    outbox = new OutboxService(log, store);
    parked = new ParkedService(log, store, outbox, lot);
    [poison, order, loops] = [new Set(), [], []];
  }, storePatienceMs);
  afterEach(async () => {
    await Promise.all(loops.map((loop) => loop.stop()));
    await outbox.stop();
    await store.close();
    await log.close();
  });

  /** A loop whose handler refuses what is poison, and keeps how often it was given each event, in a table. */
  function follow(
    own: MemoryPartition,
    everywhere: MemoryPartition | null = null,
    options: Partial<SubscriptionOptions<ViewTransaction>> = {},
  ): SubscriptionLoop<ViewTransaction> {
    const loop = new SubscriptionLoop<ViewTransaction>(
      own,
      { name: 'view', checkpoints: store, parking: lot, handle, ...options },
      everywhere,
    );
    loops.push(loop);
    return loop;
  }

  async function handle(batch: readonly Recorded[], tx: ViewTransaction, partition: number): Promise<void> {
    const given: string[] = [];
    for (const { event } of batch) {
      await count(tx, `${partition} ${event.id}`);
      if (poison.has(event.id)) throw new Error(`${event.id} is poison`);
      given.push(event.id);
    }
    order.push(...given); // also of what is rolled back: nothing of that is in the tests that look at it
  }

  const ids = async (partition = 0) => {
    const rows = await store.read.find(deliveryClaimTable);
    const own = rows.filter(({ messageId }) => messageId.startsWith(`${partition} `));
    return own.map(({ messageId }) => messageId.slice(2)).sort();
  };
  const times = async () => (await store.read.find(deliveryClaimTable)).map(({ claimedUntil }) => claimedUntil);
  const list = async () => (await listParked(theSystem, store.read, {}, { limit: 100, after: null })).items;
  const placesOf = (found: readonly ParkedPlace[]) => found.map(parkedId);
  const nothingParked = () => until(async () => (await list()).length === 0);

  it('let other keys continue, and keep their own later events behind them', async () => {
    const own = new MemoryPartition(0);
    const first = own.add(note('reception', 1), note('x-ray', 2));
    const [bad = ''] = own.add(note('reception', 3));
    const [other = ''] = own.add(note('x-ray', 4));
    const [behind = ''] = own.add(note('reception', 5));
    poison.add(bad);
    const loop = follow(own);
    await loop.caughtUp();
    expect(await ids()).toEqual([...first, other].sort());
    const [later = ''] = own.add(note('reception', 6));
    loop.wake();
    await loop.caughtUp();
    expect(await list()).toMatchObject([
      { offset: 3, eventId: bad, type: 'note.written', error: `${bad} is poison`, attempts: 2, askedAt: null },
      { offset: 5, eventId: behind, error: null, attempts: 0, partitionkey: keyOf('reception') },
      { offset: 6, eventId: later, error: null, parkedAt: '2026-11-22T08:00:00.000Z' },
    ]);
    expect(await loop.status()).toMatchObject({ name: 'view', lag: 0, parked: 3, lastError: null });
    expect(await store.load('view')).toEqual(new Map([[0, 6]]));
  });

  it('are folded in order, each once, when a person asks for it', async () => {
    const own = new MemoryPartition(0);
    const written = [...own.add(...Array.from({ length: 150 }, (_, number) => note('reception', number)))];
    poison.add(written[0]);
    const loop = follow(own);
    await loop.caughtUp();
    expect(await loop.status()).toMatchObject({ parked: 150 });
    poison.clear();
    order.length = 0;
    const [, second] = await list();
    expect(second && (await parked.retry(theSystem, second, now))).toBe(150);
    await nothingParked();
    written.push(...own.add(note('reception', 999)));
    loop.wake();
    await loop.caughtUp();
    expect(order).toEqual(written);
    expect(await ids()).toEqual([...written].sort());
    expect(new Set(await times())).toEqual(new Set(['1']));
    expect(await loop.status()).toMatchObject({ lag: 0, parked: 0, lastError: null });
  });

  it('that fail again stay, with the new error, and those before them are gone', async () => {
    const own = new MemoryPartition(0);
    const [a, b, c] = own.add(note('reception', 1), note('reception', 2), note('reception', 3));
    poison.add(a);
    const loop = follow(own);
    await loop.caughtUp();
    poison = new Set([b]);
    await parked.retryAll({ subscription: 'view' }, now);
    await until(async () => (await list()).length === 2 && (await list()).every(({ askedAt }) => askedAt === null));
    expect(await list()).toMatchObject([
      { eventId: b, error: `${b} is poison`, attempts: 1 },
      { eventId: c, error: null, attempts: 0 },
    ]);
    const [first] = await list();
    if (first) await parked.retry(theSystem, first, now);
    await until(async () => (await list())[0]?.attempts === 2);
    expect(await ids()).toEqual([a]);
  });

  it('of others continue while one key is tried again', async () => {
    const own = new MemoryPartition(0);
    const [bad = '', alsoBad = ''] = own.add(note('reception', 1), note('x-ray', 2));
    poison.add(bad);
    poison.add(alsoBad);
    await follow(own).caughtUp();
    poison.delete(alsoBad);
    await parked.retryAll({}, now);
    await until(async () => (await list()).length === 1);
    expect(await ids()).toEqual([alsoBad]);
    expect(placesOf(await list())).toEqual(['view.0.0.1']);
  });

  it('are found again after a restart, and by the next owner', async () => {
    const own = new MemoryPartition(0);
    const [bad] = own.add(note('reception', 1));
    poison.add(bad);
    const before = follow(own);
    await before.caughtUp();
    await before.stop();
    const [behind] = own.add(note('reception', 2));
    poison.clear();
    const loop = follow(own);
    await loop.caughtUp();
    expect((await list()).map(({ eventId }) => eventId)).toEqual([bad, behind]);
    // Another process asks: no one wakes this one.
    await new ParkedService(log, store, outbox, new ParkedLot(log, store, systemClock)).retryAll({}, now);
    await nothingParked();
    expect(order.slice(-2)).toEqual([bad, behind]);
  });

  it('are not made of events for which the database was away', async () => {
    const own = new MemoryPartition(0);
    const [first = ''] = own.add(note('reception', 1), note('reception', 2));
    let away = 4;
    const loop = follow(own, null, {
      parking: new (class extends HastyLot {
        override isAway = (error: unknown) => error instanceof Error && error.message === 'away';
      })(log, store, systemClock),
      handle: async (batch, tx, partition) => {
        if (away-- > 0) throw new Error('away');
        await handle(batch, tx, partition);
      },
    });
    await until(async () => (await loop.status()).lastError === 'away');
    await until(async () => away <= 0);
    await loop.caughtUp();
    expect(await list()).toEqual([]);
    expect(order[0]).toBe(first);
  });

  it('do not come of an event that cannot be read: that one is waited for', async () => {
    const own = new MemoryPartition(0);
    own.add(note('reception', 1), note('x-ray', 2));
    own.unreadable = 1;
    const loop = follow(own);
    await until(async () => (await loop.status()).lastError === 'the event at 1 cannot be read');
    await sleep(50);
    expect(await loop.status()).toMatchObject({ lag: 2, parked: 0 });
  });

  it('of those for all wait in the partition that refused them, and nowhere else', async () => {
    const definitions = new MemoryPartition(0);
    const [bad = ''] = definitions.add(decided('a', 1));
    poison.add(bad);
    const sound = follow(new MemoryPartition(2), definitions, {
      handle: async (batch, tx, partition) => {
        for (const { event } of batch) await count(tx, `${partition} ${event.id}`);
      },
    });
    const loop = follow(new MemoryPartition(1), definitions);
    await Promise.all([sound.caughtUp(), loop.caughtUp()]);
    expect(placesOf(await list())).toEqual(['view.1.0.1']);
    expect([await ids(1), await ids(2)]).toEqual([[], [bad]]);
    poison.clear();
    await parked.retryAll({ partitionkey: decided('a', 1).partitionkey }, now);
    await nothingParked();
    expect(await ids(1)).toEqual([bad]);
  });

  it('are folded once by two owners that think the same partition theirs', async () => {
    const own = new MemoryPartition(0);
    const written = [...own.add(...Array.from({ length: 30 }, (_, number) => note('reception', number)))];
    poison.add(written[0]);
    const owners = [follow(own), follow(own)];
    await Promise.all(owners.map((owner) => owner.caughtUp()));
    expect(await list()).toHaveLength(30);
    poison.clear();
    await parked.retryAll({}, now);
    for (let number = 100; number < 120; number++) {
      written.push(...own.add(note('reception', number)));
      for (const owner of owners) owner.wake();
      await sleep(3);
    }
    await Promise.all(owners.map((owner) => owner.caughtUp()));
    await parked.retryAll({}, now);
    await nothingParked();
    expect(await ids()).toEqual([...written].sort());
    expect(new Set(await times())).toEqual(new Set(['1']));
  });

  it('that a person discards are gone for good, which the log tells; what was behind them is tried', async () => {
    const own = new MemoryPartition(0);
    const [bad = '', behind = ''] = own.add(note('reception', 1), note('reception', 2));
    poison.add(bad);
    const loop = follow(own);
    await loop.caughtUp();
    const [first, second] = await list();
    if (!first || !second) throw new Error('nothing is parked');
    await expect(parked.discard(theSystem, second, person)).rejects.toMatchObject({ code: 'conflict' });
    await expect(parked.discard(theSystem, first, { ...person, reason: ' ' })).rejects.toMatchObject({
      code: 'bad-request',
    });
    expect(await parked.discard(theSystem, first, person)).toBe(1);
    await nothingParked();
    expect(await ids()).toEqual([behind]);
    expect(await readAll(log, { types: ['event.discarded'] })).toMatchObject([
      {
        ...{ source: '/wardround/parking', actor: 'cli:kern', time: '2026-11-22T08:00:00.000Z', causationid: bad },
        partitionkey: keyOf('reception'),
        data: { subscription: 'view', id: bad, reason: 'a test of the probe', error: `${bad} is poison` },
      },
    ]);
    expect(await store.read.count(outboxTable)).toBe(0);
    await expect(parked.discard(theSystem, first, person)).rejects.toMatchObject({ code: 'not-found' });
    await expect(parked.retry(theSystem, first, now)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('that were discarded are passed over when everything is folded again', async () => {
    const own = new MemoryPartition(0);
    const [bad = '', behind = ''] = own.add(note('reception', 1), note('reception', 2));
    poison.add(bad);
    const before = follow(own);
    await before.caughtUp();
    const [first] = await list();
    if (first) await parked.discard(theSystem, first, person);
    await nothingParked();
    await before.stop();
    poison.clear();
    await follow(own, null, { name: 'view', checkpoints: emptyCheckpoints(store) }).caughtUp();
    await follow(own, null, { name: 'other' }).caughtUp();
    const given = await store.read.find(deliveryClaimTable);
    // `view` twice without the discarded one, `other` with it.
    expect(given.map(({ messageId, claimedUntil }) => [messageId, claimedUntil]).sort()).toEqual(
      [
        [`0 ${bad}`, '1'],
        [`0 ${behind}`, '3'],
      ].sort(),
    );
  });

  it('have ids that name them, and lists that go page by page', async () => {
    const own = new MemoryPartition(0);
    const written = own.add(...Array.from({ length: 7 }, (_, number) => note('reception', number)));
    poison.add(written[0]);
    await follow(own).caughtUp();
    const found: string[] = [];
    for (let after: ParkedPlace | null = null, more = true; more;) {
      const page: Awaited<ReturnType<typeof listParked>> = await listParked(
        theSystem,
        store.read,
        { subscription: 'view', partitionkey: keyOf('reception') },
        { limit: 3, after },
      );
      found.push(...placesOf(page.items));
      after = page.next;
      more = after !== null;
    }
    expect(found).toEqual([1, 2, 3, 4, 5, 6, 7].map((offset) => `view.0.0.${offset}`));
    expect(parseParkedId('view.0.0.4')).toEqual({ subscription: 'view', partition: 0, eventPartition: 0, offset: 4 });
    expect(['view', 'view.0.0', 'a.b.0.0.1', 'view.0.0.-1', 'view.0.0.1e3'].map(parseParkedId)).toEqual(
      Array.from({ length: 5 }, () => null),
    );
  });
});

/** Parks soon. */
class HastyLot extends ParkedLot {
  override readonly attempts = 2;
}

/** Counts in a table that is of no use here otherwise. */
async function count(tx: ViewTransaction, messageId: string): Promise<void> {
  const before = await tx.findOneBy(deliveryClaimTable, { messageId });
  await upsert(tx, deliveryClaimTable, [{ messageId, claimedUntil: String(Number(before?.claimedUntil ?? 0) + 1) }]);
}

/** As if the database had been lost, but for what is parked. */
function emptyCheckpoints(store: ViewStore): SubscriptionOptions<ViewTransaction>['checkpoints'] {
  const named = (name: string) => `${name} anew`;
  return {
    load: (name) => store.load(named(name)),
    commit: (moves, work) =>
      store.commit(
        moves.map((move) => ({ ...move, subscription: named(move.subscription) })),
        work,
      ),
  };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryLog, type MemoryProcess } from '../../test/fixtures/memory-log.js';
import { events, midnight, minute, rule } from '../../test/fixtures/rule-events.js';
import { eachViewStore, storePatienceMs } from '../../test/fixtures/view-stores.js';
import { type AnyEvent, allTables } from '../capabilities.js';
import type { NewEvent } from '../event-log/envelope.js';
import { RulesDecider } from '../rules/rules.decider.js';
import { serverKey } from '../shared/names.js';
import { outboxTable, silenceTable } from '../store/bookkeeping.entity.js';
import { asDecider } from './decider.js';
import { DecidersService } from './deciders.service.js';
import { openViewStore } from '../store/open-view-store.adapter.js';
import { OutboxService } from './outbox.service.js';
import type { ViewStore } from '../store/view-store.adapter.js';

const partitions = 4;
const all = [0, 1, 2, 3] as const;
const at = (minutes: number) => midnight + minutes * minute;
const diskLow = rule('disk-low', { checkup: 'disk', metric: 'free', below: 10 });
const servers = Array.from({ length: 8 }, (_, index) => `server-${index}`);
let now = midnight;

/** One process: its part of the log, its connection to the database, its deciders. */
class Hub {
  readonly outbox: OutboxService;
  readonly deciders: DecidersService;

  constructor(
    readonly log: MemoryProcess,
    readonly store: ViewStore,
  ) {
    this.outbox = new OutboxService(log, store);
    const deciders = [asDecider(new RulesDecider())];
    this.deciders = new DecidersService(log, store, this.outbox, deciders);
  }

  async settled(): Promise<void> {
    await this.deciders.caughtUp();
    await this.outbox.drained();
    await this.deciders.caughtUp();
  }

  async end(): Promise<void> {
    await this.deciders.stop();
    await this.store.close();
  }
}

describe.each(eachViewStore)('decisions on $name', ({ fresh, engine }) => {
  let log: MemoryLog;
  let hubs: Hub[];
  let settings: Awaited<ReturnType<typeof fresh>>;

  beforeEach(async () => {
    now = at(0);
    log = new MemoryLog(partitions);
    hubs = [];
    settings = await fresh();
  }, storePatienceMs);
  afterEach(async () => {
    for (const hub of hubs) await hub.end();
  });

  async function hub(...own: readonly number[]): Promise<Hub> {
    const opened = new Hub(log.process(...own), await openViewStore(settings, allTables));
    hubs.push(opened);
    return opened;
  }

  const alarms = () => log.all().flatMap(({ event }) => (event.type.startsWith('alarm.') ? [event] : []));
  const open = async () => (await hubs[0]?.store.read.find(outboxTable, { order: { place: 'ASC' } })) ?? [];
  const low = (server: string, minutes: number) => events.diskFree(`low ${server} ${minutes}`, at(minutes), server, 5);
  const fine = (server: string, minutes: number) =>
    events.diskFree(`fine ${server} ${minutes}`, at(minutes), server, 50);

  it('are made in each partition by rules that are in one', async () => {
    const one = await hub(...all);
    await one.deciders.start();
    log.append([events.ruleDefined('rule', at(0), diskLow)]);
    await one.settled();
    log.append(servers.map((server) => low(server, 1)));
    await one.settled();
    expect(new Set(log.all().map(({ position }) => position.partition)).size).toBe(partitions);
    expect(
      alarms()
        .map(({ partitionkey }) => partitionkey)
        .sort(),
    ).toEqual(servers.map((name) => serverKey('main', name)));
    expect(await open()).toEqual([]);
  });

  it('find their way though their transaction commits after later ones were appended', async () => {
    const one = await hub(...all);
    const told = (id: string): NewEvent<AnyEvent> => ({ ...low('server-1', 1), id, source: '/wardround/test' });
    let commit = () => {};
    let hasPut = () => {};
    const slow = new Promise<void>((resolve) => (commit = resolve));
    const put = new Promise<void>((resolve) => (hasPut = resolve));
    const late = one.store.write(async (tx) => {
      await one.outbox.put(tx, 0, [told('early place, late commit')]);
      hasPut();
      if (engine === 'postgres') await slow;
    });
    await put;
    const places = ['a', 'b'].map((id) => one.store.write((tx) => one.outbox.put(tx, 0, [told(id)])));
    await Promise.all(places);
    await one.store.write((tx) => tx.increment(outboxTable, { id: 'b' }, 'place', 10));
    await one.outbox.drained();
    commit();
    await late;
    await one.outbox.drained();
    expect(
      log
        .all()
        .map(({ event }) => event.id)
        .sort(),
    ).toEqual(['a', 'b', 'early place, late commit']);
    expect(await open()).toEqual([]);
  });

  it('are appended in the order in which they were made', async () => {
    const one = await hub(...all);
    const told = (id: string): NewEvent<AnyEvent> => ({ ...low('server-1', 1), id, source: '/wardround/test' });
    const ids = Array.from({ length: 30 }, (_, index) => `${index}`);
    const drains = [];
    for (const id of ids) {
      await one.store.write((tx) => one.outbox.put(tx, 2, [told(`${id} first`), told(`${id} second`)]));
      if (Number(id) % 7 === 0) drains.push(one.outbox.drained());
    }
    await Promise.all([...drains, one.outbox.drained()]);
    expect(log.all().map(({ event }) => event.id)).toEqual(ids.flatMap((id) => [`${id} first`, `${id} second`]));
  });

  it('are put in by thousands at once', async () => {
    const one = await hub(...all);
    const told = Array.from({ length: 7000 }, (_, index) => ({ ...low('server-1', 1), id: `${index}` }));
    await one.store.write((tx) => one.outbox.put(tx, 0, told));
    await one.outbox.drained();
    expect(log.all().map(({ event }) => event.id)).toEqual(told.map(({ id }) => id));
  });

  it('of a partition are appended by anyone who has it', async () => {
    const one = await hub(0, 1);
    const told = (id: string): NewEvent<AnyEvent> => ({ ...low('server-1', 1), id, source: '/wardround/test' });
    await one.store.write((tx) => one.outbox.put(tx, 1, [told('own')]));
    await one.store.write((tx) => one.outbox.put(tx, 3, [told('left by another')]));
    await one.outbox.drained();
    expect((await open()).map(({ id }) => id)).toEqual(['left by another']);
    await one.log.take(3);
    one.deciders.startClock({ now: () => now });
    while ((await open()).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(
      log
        .all()
        .map(({ event }) => event.id)
        .sort(),
    ).toEqual(['left by another', 'own']);
  });

  it('are not made again on what happened before a process began to decide', async () => {
    log.append([events.ruleDefined('rule', at(0), diskLow), ...servers.map((server) => low(server, 1))]);
    const one = await hub(...all);
    await one.deciders.start();
    await one.settled();
    expect(alarms()).toEqual([]);
    log.append([fine('server-1', 2), low('server-1', 3)]);
    await one.settled();
    expect(alarms().map(({ type }) => type)).toEqual(['alarm.cleared', 'alarm.raised']);
  });

  // SQLite is for one process.
  if (engine === 'postgres')
    describe('by several processes', () => {
      it('begin at one line, which the first draws for all', async () => {
        log.append([events.ruleDefined('rule', at(0), diskLow), ...servers.map((server) => low(server, 1))]);
        const starting = await Promise.all([hub(0), hub(1, 2), hub(3)]);
        await Promise.all(
          starting.map(async ({ deciders }, index) => {
            await deciders.start();
            // What comes when one of them has started is to be decided on, even if others have not started yet.
            log.append([fine(`server-${index}`, 2), low(`server-${index}`, 3)]);
          }),
        );
        for (const one of starting) await one.settled();
        const raised = alarms()
          .filter(({ type }) => type === 'alarm.raised')
          .map(({ partitionkey }) => partitionkey);
        expect(raised.sort()).toEqual([0, 1, 2].map((index) => serverKey('main', `server-${index}`)));
        const lines = await starting[0]?.store.read.find(silenceTable);
        expect(new Set(lines?.map(({ partition }) => partition)).size).toBe(lines?.length);
      });

      it('are each made once, however partitions wander', async () => {
        const [one, other] = [await hub(0, 1, 2, 3), await hub()];
        await one.deciders.start();
        await other.deciders.start();
        log.append([events.ruleDefined('rule', at(0), diskLow)]);
        const rounds = 12;
        for (let round = 1; round <= rounds; round++) {
          const give = round % 2 === 0 ? [one, other] : [other, one];
          log.append(servers.map((server) => (round % 2 === 0 ? fine(server, round) : low(server, round))));
          await give[0]?.log.take(0, 2, round % 4);
          await give[1]?.log.take(...[1, 3].filter((partition) => partition !== round % 4));
        }
        await one.log.take(0, 1);
        await other.log.take(2, 3);
        for (let times = 0; times < 3; times++) for (const each of [one, other]) await each.settled();
        const perServer = new Map(servers.map((name) => [serverKey('main', name), [] as string[]]));
        for (const { type, partitionkey } of alarms()) perServer.get(partitionkey)?.push(type);
        const expected = Array.from({ length: rounds }, (_, index) =>
          index % 2 === 0 ? 'alarm.raised' : 'alarm.cleared',
        );
        for (const told of perServer.values()) expect(told).toEqual(expected);
        expect(await open()).toEqual([]);
      });
    });
});

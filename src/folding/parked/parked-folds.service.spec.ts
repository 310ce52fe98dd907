import { theSystem } from '../../access/principal.js';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tempFolder } from '../../../test/fixtures/temp-folder.js';
import { eachViewStore, storePatienceMs } from '../../../test/fixtures/view-stores.js';
import { eventTypes, allViews } from '../../capabilities.js';
import { backupStarted } from '../../backups/backups.events.js';
import { checkupCompleted } from '../../checkups/checkups.events.js';
import type { NewEvent } from '../../event-log/envelope.js';
import { readAll, type EventLog } from '../../event-log/event-log.js';
import { openSqliteLog } from '../../event-log/sqlite/sqlite-log.adapter.js';
import { decision, fact } from '../../event-log/statement.js';
import { alarmCleared } from '../../rules/rules.events.js';
import { systemClock } from '../../shared/clock.adapter.js';
import type { AnyDecider } from '../decider.js';
import { DecidersService } from '../deciders.service.js';
import { OutboxService } from '../outbox.service.js';
import { findRun } from '../../backups/views/runs/runs.queries.js';
import type { ViewStore, ViewTransaction } from '../../store/view-store.adapter.js';
import { ViewsService } from '../views.service.js';
import { LeftOut } from './left-out.adapter.js';
import { ParkedLot } from './parked-lot.adapter.js';
import { listParked } from './parked.queries.js';
import { ParkedService } from './parked.service.js';

const now = Date.UTC(2026, 10, 22, 8);
const at = (server: string, second = 0) => {
  const key = `/sites/main/servers/${server}`;
  return { source: key, subject: key, partitionkey: key, now: now + second * 1000 };
};
const started = (server: string, runId: string) =>
  fact(backupStarted, {
    ...at(server),
    data: {
      ...{ site: 'main', server, job: 'records', runId, trigger: 'person', plannedFor: null, computer: 'pc' },
      ...{ user: 'ward', destinations: [] },
    },
  });
const looked = (server: string) =>
  fact(checkupCompleted, {
    ...at(server),
    data: {
      ...{ site: 'main', server, checkup: 'disk', plugin: 'disk-space', status: 'ok', summary: '', details: '' },
      ...{ metrics: [], durationMs: 1, trigger: 'timetable' },
    },
  });

/** Parks soon. */
class HastyLot extends ParkedLot {
  override readonly attempts = 2;
}

// What is parked is told in the process's log, loudly.
beforeAll(() => void Logger.overrideLogger(false));
afterAll(() => void Logger.overrideLogger(true));

describe.each(eachViewStore)('parked events on $name', ({ open, engine }) => {
  let log: EventLog;
  let store: ViewStore;
  let lot: ParkedLot;
  let outbox: OutboxService;
  let parked: ParkedService;

  beforeEach(async () => {
    log = await openSqliteLog({ file: join(tempFolder(), 'events.db'), clock: systemClock, eventTypes });
    store = await open();
    lot = new HastyLot(log, store, systemClock);
    outbox = new OutboxService(log, store);
    parked = new ParkedService(log, store, outbox, lot);
  }, storePatienceMs);
  afterEach(async () => {
    await outbox.stop();
    await store.close();
    await log.close();
  });

  const list = async () => (await listParked(theSystem, store.read, {}, { limit: 100, after: null })).items;
  const nothingParked = () => until(async () => (await list()).length === 0);
  /** The table of runs refuses a run, as if its view had a fault. */
  const refuse = (runId: string) =>
    store.write(async (tx) => {
      await tx.query(
        engine === 'sqlite'
          ? `CREATE TRIGGER fault BEFORE INSERT ON runs WHEN NEW."runId" = '${runId}'
               BEGIN SELECT RAISE(ABORT, 'the fault'); END`
          : `ALTER TABLE runs ADD CONSTRAINT fault CHECK ("runId" <> '${runId}')`,
      );
    });
  const mend = () =>
    store.write(async (tx) => {
      await tx.query(engine === 'sqlite' ? 'DROP TRIGGER fault' : 'ALTER TABLE runs DROP CONSTRAINT fault');
    });

  describe('of the views', () => {
    let views: ViewsService;
    beforeEach(async () => {
      views = new ViewsService(log, store, allViews, lot);
      await views.start();
      await refuse('bad');
      await log.append([started('x-ray', 'x1'), started('reception', 'bad'), started('reception', 'behind')]);
      await log.append([started('x-ray', 'x2')]);
      await views.caughtUp();
    });
    afterEach(() => views.stop());
    const shown = async (...runIds: string[]) =>
      Promise.all(runIds.map(async (runId) => (await findRun(theSystem, store.read, runId)) !== null));

    it('are shown once they are tried again, and other servers at once', async () => {
      expect(await shown('x1', 'bad', 'behind', 'x2')).toEqual([true, false, false, true]);
      expect(await views.status()).toMatchObject({ lag: 0, parked: 2 });
      const [first] = await list();
      expect(first?.error).toMatch(/fault/);
      await mend();
      const changed: string[] = [];
      views.listen((names) => changed.push(...names));
      if (first) await parked.retry(theSystem, first, now);
      await nothingParked();
      expect(await shown('x1', 'bad', 'behind', 'x2')).toEqual([true, true, true, true]);
      await until(async () => changed.includes('runs'));
    });

    it('stay out of a rebuild until they are tried again, and it finds nothing that was different', async () => {
      const right = (rebuilt: readonly { rowsChanged: number }[]) =>
        rebuilt.every(({ rowsChanged }) => rowsChanged === 0);
      expect(right(await views.rebuild())).toBe(true);
      expect(await list()).toHaveLength(2);
      await mend();
      expect(right(await views.rebuild('runs'))).toBe(true);
      expect(await shown('bad', 'behind')).toEqual([false, false]);
      await parked.retryAll({ subscription: 'views' }, now);
      await nothingParked();
      expect(await shown('bad', 'behind')).toEqual([true, true]);
      expect(right(await views.rebuild())).toBe(true);
    });

    it('that were discarded stay out of every rebuild', async () => {
      const [first] = await list();
      if (first) await parked.discard(theSystem, first, { actor: 'cli:kern', reason: 'a test', now });
      await nothingParked();
      await mend();
      expect(await shown('bad', 'behind')).toEqual([false, true]);
      expect((await views.rebuild('runs')).map(({ rowsChanged }) => rowsChanged)).toEqual([0]);
      expect(await shown('bad', 'behind')).toEqual([false, true]);
    });

    it('that were discarded stay out where the database was lost and all is folded again', async () => {
      const [first] = await list();
      if (first) await parked.discard(theSystem, first, { actor: 'cli:kern', reason: 'a test', now });
      await nothingParked();
      const fresh = await open();
      const again = new ViewsService(log, fresh, allViews, new HastyLot(log, fresh, systemClock));
      await again.start();
      await again.caughtUp();
      const found = await Promise.all(['x1', 'bad', 'behind'].map((runId) => findRun(theSystem, fresh.read, runId)));
      expect(found.map((run) => run?.runId)).toEqual(['x1', undefined, 'behind']);
      await again.stop();
      await fresh.close();
    });

    it('that are folded while a rebuild continues are folded by it, before what follows', async () => {
      const leftOut = new LeftOut(log, lot, 'views');
      expect(await leftOut.beginPass()).toEqual([]);
      for await (const batch of log.read({})) {
        expect(leftOut.fold(batch).map(({ event }) => event.source)).toEqual([at('x-ray').source, at('x-ray').source]);
      }
      await mend();
      await parked.retryAll({}, now);
      await nothingParked();
      const released = await leftOut.beginPass();
      expect(released.map(({ position }) => position.offset)).toEqual([2, 3]);
      expect(await leftOut.beginPass()).toEqual([]);
    });
  });

  describe('of those who decide', () => {
    let poison: Set<string>;
    let deciders: DecidersService;
    const decider: AnyDecider<ViewTransaction> = {
      name: 'rules',
      types: ['checkup.completed'],
      handle: async (batch) => {
        if (batch.some(({ event }) => poison.has(event.id))) throw new Error('no rule can take this');
        return batch.map(({ event }) => cleared(event));
      },
      wake: async () => [],
    };
    const begin = async () => {
      deciders = new DecidersService(log, store, outbox, [decider], lot);
      await deciders.start();
      await deciders.caughtUp();
    };
    const decided = async () =>
      (await readAll(log, { types: ['alarm.cleared'] })).map(({ causationid }) => causationid);

    it('are decided on once they are tried again', async () => {
      poison = new Set();
      await begin();
      const [bad, behind, other] = [looked('reception'), looked('reception'), looked('x-ray')];
      poison.add(bad.id);
      await log.append([bad, behind, other]);
      await deciders.caughtUp();
      expect(await deciders.statuses()).toMatchObject([{ name: 'rules', lag: 0, parked: 2 }]);
      await until(async () => (await decided()).length === 1);
      poison.clear();
      await parked.retryAll({ partitionkey: bad.partitionkey }, now);
      await until(async () => (await decided()).length === 3);
      expect(await decided()).toEqual([other.id, bad.id, behind.id]);
      await deciders.stop();
    });

    it('stay silent if they were decided on before the state was lost', async () => {
      const [bad, behind] = [looked('reception'), looked('reception')];
      poison = new Set([bad.id]);
      await log.append([bad, behind]);
      await begin(); // without a checkpoint, so that all of it is old
      expect(await list()).toHaveLength(2);
      const [fresh] = [looked('reception')];
      await log.append([fresh]);
      await deciders.caughtUp();
      poison.clear();
      await parked.retryAll({}, now);
      await nothingParked();
      await until(async () => (await decided()).length > 0);
      await outbox.drained();
      expect(await decided()).toEqual([fresh.id]);
      await deciders.stop();
    });
  });
});

function cleared(event: { readonly id: string; readonly partitionkey: string }): NewEvent {
  return decision(alarmCleared, [event.id], {
    data: {
      alarmId: event.id,
      rule: 'r',
      site: 'main',
      server: 'reception',
      subject: { kind: 'job', name: 'j' },
      because: 'condition-ended',
    },
    source: '/wardround/rules',
    subject: `${event.partitionkey}/alarms/${event.id}`,
    ...{ partitionkey: event.partitionkey, causationid: event.id, now },
  });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}

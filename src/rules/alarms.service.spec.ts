import { theSystem } from '../access/principal.js';
import { asDecider } from '../folding/decider.js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { events, hour, midnight, minute, rule } from '../../test/fixtures/rule-events.js';
import { tempFolder } from '../../test/fixtures/temp-folder.js';
import { eventTypes, type AnyEvent, allTables, allViews } from '../capabilities.js';
import type { NewEvent } from '../event-log/envelope.js';
import { readAll, type EventLog } from '../event-log/event-log.js';
import { openSqliteLog } from '../event-log/sqlite/sqlite-log.adapter.js';
import type { AlarmRow } from './views/alarms/alarms.entity.js';
import { listAlarms } from './views/alarms/alarms.queries.js';
import { DecidersService } from '../folding/deciders.service.js';
import { OutboxService } from '../folding/outbox.service.js';
import { SqliteViewStore } from '../store/sqlite-view-store.adapter.js';
import type { ViewStore } from '../store/view-store.adapter.js';
import { ViewsService } from '../folding/views.service.js';
import { AlarmsService } from './alarms.service.js';
import { RulesDecider } from './rules.decider.js';

describe('alarms, from the log to the view', () => {
  let log: EventLog;
  let store: ViewStore;
  let views: ViewsService;
  let deciders: DecidersService;
  let alarms: AlarmsService;
  const clock = { now: () => midnight + hour };

  beforeEach(async () => {
    const folder = tempFolder();
    log = await openSqliteLog({ file: join(folder, 'events.db'), clock, eventTypes });
    store = await SqliteViewStore.open(join(folder, 'views.db'), allTables);
    views = new ViewsService(log, store, allViews);
    deciders = new DecidersService(log, store, new OutboxService(log, store), [asDecider(new RulesDecider())]);
    alarms = new AlarmsService(log, store);
    await views.start();
    await deciders.start();
    await append(events.ruleDefined('r', midnight, rule('disk-low', { checkup: 'disk', metric: 'free', below: 10 })));
  });

  afterEach(async () => {
    await deciders.stop();
    await views.stop();
    await store.close();
    await log.close();
  });

  async function append(...list: readonly AnyEvent[]): Promise<void> {
    await log.append(list.map(({ recordedtime: _, ...event }): NewEvent => event));
  }

  /** The alarms, newest first, once there are so many events of a type in the log and in the view. */
  async function alarmsAfter(type: string, count: number): Promise<readonly AlarmRow[]> {
    for (;;) {
      await deciders.caughtUp();
      if ((await readAll(log, { types: [type] })).length >= count) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await views.caughtUp();
    return (await listAlarms(theSystem, store.read, {}, { limit: 10, after: null })).items;
  }

  async function raised(): Promise<AlarmRow> {
    await append(events.diskFree('low', midnight + minute, 'a', 5));
    const [alarm] = await alarmsAfter('alarm.raised', 1);
    if (!alarm) throw new Error('no alarm was raised');
    return alarm;
  }

  const acknowledgements = () => readAll(log, { types: ['alarm.acknowledged'] });
  const by = (actor: string) => ({ actor, note: `I am ${actor}`, now: midnight + hour });

  it('are raised and cleared once', async () => {
    expect(await raised()).toMatchObject({ rule: 'disk-low', server: 'a', severity: 'critical', clearedAt: null });
    await append(
      events.diskFree('lower', midnight + 2 * minute, 'a', 4),
      events.diskFree('ok', midnight + 3 * minute, 'a', 50),
    );
    const after = await alarmsAfter('alarm.cleared', 1);
    expect(after).toHaveLength(1);
    expect(after[0]).toMatchObject({ clearedBecause: 'condition-ended', clearedAt: '2026-11-22T00:03:00.000Z' });
  });

  it('are acknowledged', async () => {
    const { alarmId } = await raised();
    const expected = {
      ...{ alarmId, acknowledgedBy: 'board', note: 'I am board' },
      acknowledgedAt: '2026-11-22T01:00:00.000Z',
    };
    expect(await alarms.acknowledge(theSystem, alarmId, by('board'))).toEqual(expected);
    const [event] = await acknowledgements();
    expect(event).toMatchObject({
      source: '/sites/main/servers/a',
      partitionkey: '/sites/main/servers/a',
      subject: `/sites/main/servers/a/alarms/${alarmId}`,
      actor: 'board',
      data: { alarmId, rule: 'disk-low', note: 'I am board' },
    });
    const [alarm] = await alarmsAfter('alarm.acknowledged', 1);
    expect(alarm).toMatchObject({ acknowledgedBy: 'board', note: 'I am board', clearedAt: null });
  });

  it('are acknowledged once, however many press the button, and at once', async () => {
    const { alarmId } = await raised();
    const answers = await Promise.all(
      ['anna', 'bela', 'cora'].map((actor) => alarms.acknowledge(theSystem, alarmId, by(actor))),
    );
    answers.push(await alarms.acknowledge(theSystem, alarmId, by('dora')));
    await alarmsAfter('alarm.acknowledged', 1);
    answers.push(await alarms.acknowledge(theSystem, alarmId, by('emma')));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await acknowledgements()).toHaveLength(1);
  });

  it('answer a repeated acknowledgement alike when they have been cleared meanwhile', async () => {
    const { alarmId } = await raised();
    const first = await alarms.acknowledge(theSystem, alarmId, by('board'));
    await append(events.diskFree('ok', midnight + 3 * minute, 'a', 50));
    await alarmsAfter('alarm.cleared', 1);
    expect(await alarms.acknowledge(theSystem, alarmId, by('board'))).toEqual(first);
  });

  it('that were cleared cannot be acknowledged', async () => {
    const { alarmId } = await raised();
    await append(events.diskFree('ok', midnight + 3 * minute, 'a', 50));
    await alarmsAfter('alarm.cleared', 1);
    await expect(alarms.acknowledge(theSystem, alarmId, by('board'))).rejects.toMatchObject({
      code: 'conflict',
      message: 'the alarm "Title of disk-low" was cleared at 2026-11-22T00:03:00.000Z',
    });
    expect(await acknowledgements()).toEqual([]);
  });

  it('that do not exist cannot be acknowledged, nor with a note that is too long', async () => {
    await expect(alarms.acknowledge(theSystem, 'none', by('board'))).rejects.toMatchObject({ code: 'not-found' });
    const { alarmId } = await raised();
    const long = { actor: 'board', note: 'x'.repeat(1001), now: midnight };
    await expect(alarms.acknowledge(theSystem, alarmId, long)).rejects.toMatchObject({ code: 'bad-request' });
  });
});

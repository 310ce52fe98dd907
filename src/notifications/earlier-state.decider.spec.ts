import { theSystem } from '../access/principal.js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clearedAlarm } from '../../test/fixtures/alarm-events.js';
import { messageRow } from '../../test/fixtures/clinic-rows.js';
import { eachViewStore, storePatienceMs } from '../../test/fixtures/view-stores.js';
import { deciderStateTable } from '../store/bookkeeping.entity.js';
import type { ViewStore } from '../store/view-store.adapter.js';
import { upsert } from '../store/upsert.adapter.js';
import { nextDigestDue } from './digest-timetable.adapter.js';
import { NotificationsDecider } from './notifications.decider.js';
import { messageTable } from './views/messages/messages.entity.js';
import { findMessage, listMessages } from './views/messages/messages.queries.js';

const to = ['it@clinic.example'];
const subscriptions = [
  { takes: 'digest', at: '0 7 * * *', channel: 'email', to },
  { takes: 'alarms', channel: 'email', to },
];
const digest = { id: 'd1', channel: 'email', to, at: '0 7 * * *', since: '2026-11-21T00:00:00.000Z' };
const due = '2026-11-22T07:00:00.000Z';
const run = { site: 'main', server: 'reception', job: 'records', runId: 'r1' };

/** As the version before occasions wrote them: keys, fields and all. */
const rows = [
  {
    key: 'group/it',
    state: {
      definition: { name: 'it', locale: 'de', timeZone: 'UTC', subscriptions },
      digests: [{ ...digest, toldUntil: '2026-11-21T07:00:00.000Z', dueAt: due }],
    },
    wakeAt: due,
  },
  { key: 'run/it/d1/r1', state: { ...run, completedAt: '2026-11-22T01:00:00.000Z' }, wakeAt: null },
  { key: 'alarm/a1', state: [{ group: 'it', channel: 'email', to }], wakeAt: null },
];

describe.each(eachViewStore)('what an earlier version remembers, on $name,', ({ open }) => {
  const decider = new NotificationsDecider(nextDigestDue);
  let store: ViewStore;
  beforeAll(async () => {
    store = await open();
    await store.write((tx) =>
      upsert(
        tx,
        deciderStateTable,
        rows.map((row) => ({ decider: 'notifications', partition: 0, ...row })),
      ),
    );
  }, storePatienceMs);
  afterAll(() => store.close());

  it('tells its digest when it is due, of the runs that it kept', async () => {
    const decided = await store.write((tx) => decider.wake(Date.parse(due), tx, 0));
    expect(decided.map(({ data }) => data)).toMatchObject([
      {
        ...{ template: 'log-digest', reason: 'digest-due', locale: 'de', to, about: [{ kind: 'run', ref: run }] },
        period: { from: '2026-11-21T07:00:00.000Z', until: due },
      },
    ]);
  });

  it('tells the end of an alarm to those who got its beginning', async () => {
    const cleared = { ...clearedAlarm('a1', Date.parse(due)), recordedtime: due };
    const batch = [{ event: cleared, position: { partition: 0, offset: 9 } }];
    const decided = await store.write((tx) => decider.handle(batch, tx, 0));
    expect(decided.map(({ data }) => [data.template, data.to])).toEqual([['alarm-cleared', to]]);
    const left = await store.read.find(deciderStateTable, { where: { decider: 'notifications' } });
    expect(left.map(({ key, state, wakeAt }) => ({ key, state, wakeAt }))).toMatchObject([
      { key: 'group/it', state: { digests: [{ id: 'd1', toldUntil: due }] }, wakeAt: '2026-11-23T07:00:00.000Z' },
    ]);
  });

  it('shows a message whose row has the address beside the kind', async () => {
    const row = messageRow('m1', Date.parse(due));
    // Into its column as that version wrote it: the row of today has no type for it.
    const earlier = Object.assign(row, { about: [{ kind: 'run', ...run }] });
    await store.write((tx) => upsert(tx, messageTable, [earlier]));
    const whole = [{ kind: 'run', ref: run }];
    expect(await findMessage(theSystem, store.read, 'm1')).toMatchObject({ about: whole });
    const { items } = await listMessages(theSystem, store.read, {}, { limit: 10, after: null });
    expect(items).toMatchObject([{ messageId: 'm1', about: whole }]);
  });
});

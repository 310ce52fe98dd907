import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MoreThan } from 'typeorm';
import { clearedAlarm, raisedAlarm } from '../../test/fixtures/alarm-events.js';
import { finishedRun } from '../../test/fixtures/finished-run.js';
import { eachViewStore, storePatienceMs } from '../../test/fixtures/view-stores.js';
import type { AnyEvent } from '../capabilities.js';
import { isOneOf, type EventOf } from '../event-log/event-types.js';
import type { Event, NewEvent, Recorded } from '../event-log/envelope.js';
import { fact } from '../event-log/statement.js';
import { fromIso, toIso, type Instant } from '../shared/instant.js';
import { definitionsKey } from '../shared/names.js';
import { deciderStateTable } from '../store/bookkeeping.entity.js';
import type { ViewStore } from '../store/view-store.adapter.js';
import { nextDigestDue } from './digest-timetable.adapter.js';
import type { NextDue } from './occasions/occasion.js';
import { NotificationsDecider } from './notifications.decider.js';
import { recipientGroupDefined, recipientGroupRetired } from './notifications.events.js';

const hour = 3_600_000;
const start = Date.parse('2026-11-22T00:00:00Z');
const daily = '0 7 * * *';
const weekly = '0 7 * * 1';

const decider = new NotificationsDecider(nextDigestDue);
const types = decider.events;
type Taken = EventOf<(typeof types)[number]>;

let store: ViewStore;

function forget() {
  return store.write((tx) => tx.delete(deciderStateTable, { decider: 'notifications' }));
}

function recorded(events: readonly NewEvent<AnyEvent>[], from = 1): Recorded<Taken>[] {
  return events.flatMap((event, index) => {
    const stored: Event = { ...event, recordedtime: event.time };
    return isOneOf(stored, types) ? [{ event: stored, position: { partition: 0, offset: from + index } }] : [];
  });
}

function handle(...events: readonly NewEvent<AnyEvent>[]) {
  return store.write((tx) => decider.handle(recorded(events), tx, 0));
}

function wake(now: Instant, by = decider) {
  return store.write((tx) => by.wake(now, tx, 0));
}

async function state() {
  const rows = await store.read.find(deciderStateTable, { where: { decider: 'notifications' }, order: { key: 'ASC' } });
  return rows.map(({ key, state, wakeAt }) => ({ key, state, wakeAt }));
}

function group(name: string, now: Instant, ...subscriptions: readonly Record<string, unknown>[]) {
  return fact(recipientGroupDefined, {
    ...{ source: '/wardround/configuration', subject: `/recipient-groups/${name}`, partitionkey: definitionsKey, now },
    data: recipientGroupDefined.data.parse({ group: name, definition: { name, timeZone: 'UTC', subscriptions } }),
  });
}

function retired(name: string, now: Instant) {
  const about = { source: '/wardround/configuration', subject: `/recipient-groups/${name}` };
  return fact(recipientGroupRetired, { ...about, partitionkey: definitionsKey, data: { group: name }, now });
}

function run(runId: string, endedAt: Instant, failed = false, job = 'records'): NewEvent<AnyEvent> {
  const error = { code: 'no-space', text: 'full' } as const;
  const options = { runId, job, startedAt: endedAt - 1000, durationMs: 1000, ...(failed ? { error } : {}) };
  const completed = finishedRun(options).find(({ type }) => type === 'backup.completed');
  if (!completed) throw new Error('a finished run has an end');
  return completed;
}

const told = (events: readonly NewEvent<AnyEvent>[]) =>
  events.map(({ data }) => {
    if (!('messageId' in data) || !('about' in data)) throw new Error('only messages are decided');
    return {
      group: data.group,
      template: data.template,
      runs: data.about.flatMap((about) => (about.kind === 'run' ? [about.ref['runId']] : [])),
      period: data.period,
    };
  });

const failuresOnly = { takes: 'failures-only', channel: 'email', to: ['it@clinic.example'] };
const digest = { takes: 'digest', at: daily };

describe.each(eachViewStore)('on $name', ({ open }) => {
  beforeAll(async () => {
    store = await open();
  }, storePatienceMs);
  beforeEach(async () => {
    await forget();
  });
  afterAll(async () => {
    await store.close();
  });

  describe('the decider of notifications', () => {
    describe('R2: of alarms', () => {
      const alarms = { takes: 'alarms', channel: 'email', to: ['it@clinic.example'] };
      const kinds = (events: readonly NewEvent<AnyEvent>[]) =>
        events.flatMap(({ data }) => ('template' in data ? [`${data.group} ${data.template} ${data.channel}`] : []));

      it('R2: sends one message per group and change: when one is raised, and when it is cleared', async () => {
        const raised = raisedAlarm('a1', start + 1);
        const first = await handle(group('it', start, alarms, { ...alarms }), raised);
        expect(kinds(first)).toEqual(['it alarm-raised email']);
        expect(first[0]).toMatchObject({
          ...{ partitionkey: '/sites/main/servers/reception', causationid: raised.id, time: raised.time },
          data: {
            about: [
              { kind: 'alarm', ref: { site: 'main', server: 'reception', rule: 'disk-nearly-full', alarmId: 'a1' } },
            ],
          },
        });
        expect(kinds(await handle(clearedAlarm('a1', start + 2)))).toEqual(['it alarm-cleared email']);
        // Cleared a second time, it is told of no more.
        expect(kinds(await handle(clearedAlarm('a1', start + 3)))).toEqual([]);
      });

      it('R2 kind: sends no message for the end of an alarm whose raising was not sent', async () => {
        const critical = { ...alarms, severities: ['critical'] };
        const rules = { ...alarms, rules: ['other-rule'] };
        const warning = raisedAlarm('a2', start + 1, { severity: 'warning' });
        const decided = await handle(group('it', start, critical), group('head', start, rules), warning);
        expect(kinds(decided)).toEqual([]);
        await handle(group('late', start + 2, alarms));
        expect(kinds(await handle(clearedAlarm('a2', start + 3)))).toEqual([]);
      });

      it('R2 kind: sends nothing more to a subscription that has been taken away', async () => {
        await handle(group('it', start, alarms), group('head', start, alarms), raisedAlarm('a3', start + 1));
        await handle(retired('it', start + 2), group('head', start + 2, failuresOnly));
        expect(kinds(await handle(clearedAlarm('a3', start + 3)))).toEqual([]);
      });

      it('R2 kind: raised and cleared in one batch gives both, and the ids of all follow from the cause', async () => {
        const events = [group('it', start, alarms), raisedAlarm('a4', start + 1), clearedAlarm('a4', start + 2)];
        const decided = await handle(...events);
        expect(kinds(decided)).toEqual(['it alarm-raised email', 'it alarm-cleared email']);
        expect((await state()).map(({ key }) => key)).toEqual(['group/it']);
        await forget();
        expect((await handle(...events)).map(({ id }) => id)).toEqual(decided.map(({ id }) => id));
      });

      it('R2 kind: a subscription to alarms gets none of runs, and one to runs none of alarms', async () => {
        const decided = await handle(
          group('it', start, alarms),
          group('staff', start, failuresOnly),
          run('r1', start + 1, true),
          raisedAlarm('a5', start + 2),
        );
        expect(kinds(decided)).toEqual(['staff backup-failed email', 'it alarm-raised email']);
      });
    });

    it('tells a group of a failure once, and of a success not at all if it asked for failures only', async () => {
      const failed = run('r1', start, true);
      const decided = await handle(group('it', start, failuresOnly), failed, run('r2', start + 1));
      expect(told(decided)).toEqual([{ group: 'it', template: 'backup-failed', runs: ['r1'], period: null }]);
      expect(decided[0]).toMatchObject({
        source: '/wardround/notifications',
        partitionkey: '/sites/main/servers/reception',
        causationid: failed.id,
        time: failed.time,
      });
      expect(decided[0]?.subject).toMatch(/^\/recipient-groups\/it\/messages\/[0-9a-f-]{36}$/);
    });

    it('tells no one of a retired group', async () => {
      await handle(group('it', start, failuresOnly, digest), run('r1', start + 1));
      expect(await handle(retired('it', start + 2), run('r2', start + 3, true))).toEqual([]);
      expect(await wake(start + 8 * hour)).toEqual([]);
      expect(await state()).toEqual([]);
    });

    it('tells a digest when it is due, of what ended since the last one', async () => {
      await handle(group('it', start, digest), run('r1', start + hour), run('r2', start + 2 * hour, true));
      expect(await wake(start + 7 * hour - 1)).toEqual([]);
      const [first] = [await wake(start + 7 * hour + 400)];
      const period = { from: toIso(start), until: toIso(start + 7 * hour + 400) };
      expect(told(first)).toEqual([{ group: 'it', template: 'log-digest', runs: ['r1', 'r2'], period }]);
      expect(await wake(start + 7 * hour + 1400)).toEqual([]);
      await handle(...first, run('r3', start + 8 * hour));
      const second = await wake(start + 31 * hour);
      expect(told(second)).toMatchObject([{ runs: ['r3'], period: { from: period.until } }]);
    });

    it('says so when no backup ran', async () => {
      await handle(group('it', start, digest));
      expect(told(await wake(start + 7 * hour))).toMatchObject([{ template: 'log-digest', runs: [] }]);
    });

    it('tells what came due while no one was there in one digest', async () => {
      await handle(group('it', start, digest), run('r1', start + hour), run('r2', start + 50 * hour));
      const decided = await wake(start + 80 * hour);
      expect(told(decided)).toMatchObject([{ runs: ['r1', 'r2'] }]);
      expect(await wake(start + 80 * hour + 1000)).toEqual([]);
    });

    it('keeps two digests of the same receivers apart, and joins them when both are due', async () => {
      await handle(group('it', start, digest, { takes: 'digest', at: weekly }), run('r1', start + hour));
      expect(told(await wake(start + 7 * hour))).toMatchObject([{ runs: ['r1'] }]);
      await handle(run('r2', start + 8 * hour));
      // 2026-11-23 is a Monday.
      const both = await wake(start + 31 * hour);
      expect(told(both)).toMatchObject([{ runs: ['r1', 'r2'], period: { from: toIso(start) } }]);
    });

    it('does not tell again what it told when only the time of a digest changes', async () => {
      await handle(group('it', start, digest), run('r1', start + hour));
      await wake(start + 7 * hour);
      await handle(run('r2', start + 8 * hour), group('it', start + 9 * hour, { takes: 'digest', at: '0 12 * * *' }));
      expect(told(await wake(start + 12 * hour))).toMatchObject([{ runs: ['r2'] }]);
    });

    it('leaves out of a digest what ended before the group was there', async () => {
      await handle(group('it', start, digest), run('old', start - hour));
      expect(told(await wake(start + 7 * hour))).toMatchObject([{ runs: [] }]);
    });

    it('is not stopped by a cron line that names no day', async () => {
      const never = { takes: 'digest', at: '0 0 30 2 *' };
      const decided = await handle(group('it', start, never, failuresOnly), run('r1', start + 1, true));
      expect(told(decided)).toMatchObject([{ template: 'backup-failed' }]);
      expect(await wake(start + 24 * hour)).toEqual([]);
    });

    describe('after a clock that was wrong', () => {
      /** As the runner does it where the clock was put back: all are woken, and say again when they want to be. */
      const putBack = async (now: Instant) => {
        const wakeAt = toIso(now);
        const asleep = { decider: 'notifications', wakeAt: MoreThan(wakeAt) };
        await store.write((tx) => tx.update(deciderStateTable, asleep, { wakeAt }));
        return wake(now);
      };

      it.each([
        ['an hour', hour],
        ['two years', 730 * 24 * hour],
      ])(
        'F6 kind: %s ahead, tells a digest at the right 7 o’clock, of all that ended since the wrong one',
        async (_, leap) => {
          await handle(group('it', start, digest), run('r1', start + hour));
          const wrong = await wake(start + 6.5 * hour + leap);
          expect(told(wrong)).toMatchObject([{ runs: ['r1'] }]);
          await handle(...wrong);
          expect(await putBack(start + 6.5 * hour)).toEqual([]);
          await handle(run('r2', start + 6.6 * hour));
          expect(await wake(start + 7 * hour - 1)).toEqual([]);
          const right = await wake(start + 7 * hour);
          const period = { from: toIso(start + 6.5 * hour), until: toIso(start + 7 * hour) };
          expect(told(right)).toEqual([{ group: 'it', template: 'log-digest', runs: ['r2'], period }]);
          // A log keeps what has an id once: with that of the wrong one, this message would never be sent.
          expect(right.map(({ id }) => id)).not.toEqual(wrong.map(({ id }) => id));
          expect(told(await wake(start + 31 * hour))).toMatchObject([{ runs: [] }]);
        },
      );

      it('F6 kind: two years ahead, tells what came due in one digest', async () => {
        await handle(group('it', start, digest), run('r1', start + hour));
        expect(told(await wake(start + 730 * 24 * hour))).toMatchObject([{ runs: ['r1'] }]);
        expect(await wake(start + 730 * 24 * hour + 1000)).toEqual([]);
      });

      it('F6 kind: a group that was defined by it hears of what ends once the clock is right, also after a replay', async () => {
        const log: NewEvent<AnyEvent>[] = [group('it', start + 730 * 24 * hour, digest)];
        await handle(...log);
        expect(await putBack(start + hour)).toEqual([]);
        const [first, second] = [run('r1', start + 3 * hour), run('r2', start + 8 * hour)];
        await handle(first);
        const right = await wake(start + 7 * hour);
        expect(told(right)).toMatchObject([{ runs: ['r1'] }]);
        await forget();
        await handle(...log, first, ...right, second);
        await putBack(start + 9 * hour);
        expect(told(await wake(start + 31 * hour))).toMatchObject([{ runs: ['r2'] }]);
      });

      it('F6 kind: what was told since is not told again after a replay', async () => {
        const log: NewEvent<AnyEvent>[] = [group('it', start, digest), run('r1', start + hour)];
        await handle(...log);
        const wrong = await wake(start + 730 * 24 * hour);
        await handle(...wrong);
        await putBack(start + 2 * hour);
        const between = run('r2', start + 3 * hour);
        await handle(between);
        const right = await wake(start + 7 * hour);
        expect(told(right)).toMatchObject([{ runs: ['r2'] }]);
        const later = run('r3', start + 8 * hour);
        await forget();
        await handle(...log, ...wrong, between, ...right, later);
        await putBack(start + 9 * hour);
        expect(told(await wake(start + 31 * hour))).toMatchObject([{ runs: ['r3'] }]);
      });
    });

    it('writes state and decisions in one transaction: what is rolled back was not decided', async () => {
      await handle(group('it', start, digest), run('r1', start + 1));
      const before = await state();
      const rolledBack = store.write(async (tx) => {
        await decider.wake(start + 7 * hour, tx, 0);
        throw new Error('the disk is full');
      });
      await expect(rolledBack).rejects.toThrow('the disk is full');
      expect(await state()).toEqual(before);
      expect(told(await wake(start + 7 * hour))).toMatchObject([{ runs: ['r1'] }]);
    });
  });

  /** Due at every multiple of so many milliseconds: quick to compute, where a property asks a thousand times. */
  const everySo: NextDue = (at, _zone, after) => {
    const step = at === daily ? 10 : 30;
    return (Math.floor(after / step) + 1) * step;
  };
  const quick = new NotificationsDecider(everySo);

  type Step =
    | { readonly kind: 'define'; readonly group: string; readonly choice: number }
    | { readonly kind: 'retire'; readonly group: string }
    | { readonly kind: 'run'; readonly failed: boolean; readonly job: string }
    | { readonly kind: 'wake' };

  const choices: readonly (readonly Record<string, unknown>[])[] = [
    [failuresOnly],
    [{ ...failuresOnly, takes: 'always-with-log' }, digest],
    [digest, { takes: 'digest', at: weekly }, { ...failuresOnly, jobs: ['images'] }],
    [{ takes: 'digest', at: weekly, jobs: ['records'] }],
  ];
  const names = fc.constantFrom('it', 'head');
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant('define' as const), group: names, choice: fc.nat(choices.length - 1) }),
    fc.record({ kind: fc.constant('retire' as const), group: names }),
    fc.record({ kind: fc.constant('run' as const), failed: fc.boolean(), job: fc.constantFrom('records', 'images') }),
    fc.record({ kind: fc.constant('run' as const), failed: fc.boolean(), job: fc.constantFrom('records', 'images') }),
    fc.record({ kind: fc.constant('wake' as const) }),
  );

  function eventOf(step: Exclude<Step, { kind: 'wake' }>, now: Instant): NewEvent<AnyEvent> {
    switch (step.kind) {
      case 'define':
        return group(step.group, now, ...(choices[step.choice] ?? []));
      case 'retire':
        return retired(step.group, now);
      case 'run':
        return run(`run-${now}`, now, step.failed, step.job);
    }
  }

  /** Lives through the steps, each some milliseconds after the one before, and gives back the log of it. */
  async function live(steps: readonly Step[]): Promise<readonly NewEvent<AnyEvent>[]> {
    const log: NewEvent<AnyEvent>[] = [];
    for (const [index, step] of steps.entries()) {
      const now = start + index * 4;
      const events = step.kind === 'wake' ? [] : [eventOf(step, now)];
      const decided =
        step.kind === 'wake'
          ? await wake(now, quick)
          : await store.write((tx) => quick.handle(recorded(events, log.length), tx, 0));
      await store.write((tx) => quick.handle(recorded(decided), tx, 0));
      log.push(...events, ...decided);
    }
    return log;
  }

  describe('whatever happens, the decider of notifications', () => {
    it('says the same of any split of a batch, and remembers the same', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 25 }),
          fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 50, maxLength: 50 }),
          async (steps, sizes) => {
            await forget();
            const log = recorded(await live(steps));
            await forget();
            const whole = await store.write((tx) => quick.handle(log, tx, 0));
            const after = await state();
            await forget();
            const pieces: NewEvent<AnyEvent>[] = [];
            for (let from = 0; from < log.length;) {
              const size = sizes.pop() ?? 1;
              const piece = log.slice(from, from + size);
              pieces.push(...(await store.write((tx) => quick.handle(piece, tx, 0))));
              from += size;
            }
            expect(pieces).toEqual(whole);
            expect(await state()).toEqual(after);
          },
        ),
        { numRuns: 40 },
      );
    });

    it('knows after a replay what it knew before, and decides on like that', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          await forget();
          const log = await live(steps);
          const before = await state();
          const now = start + steps.length * 4 + 40;
          await forget();
          await store.write((tx) => quick.handle(recorded(log), tx, 0));
          expect(await state()).toEqual(before);
          const next = await wake(now, quick);
          expect(next.every(({ time }) => fromIso(time) === now)).toBe(true);
          const said = new Set(log.map(({ id }) => id));
          expect(next.filter(({ id }) => said.has(id))).toEqual([]);
        }),
        { numRuns: 40 },
      );
    });

    it('takes a batch once if it is handed over twice', async () => {
      const batch = recorded([group('it', start, failuresOnly, digest), run('r1', start + 1, true)]);
      const decided: NewEvent<AnyEvent>[] = [];
      const move = { subscription: 'notifications-test', partition: 0, from: 0, to: 2 };
      const commit = () =>
        store.commit([move], async (tx) => {
          decided.push(...(await decider.handle(batch, tx, 0)));
        });
      expect(await commit()).toBe(true);
      expect(await commit()).toBe(false);
      expect(told(decided)).toHaveLength(1);
    });
  });
});

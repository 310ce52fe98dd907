import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { events, hour, midnight, minute, recorded, rule, site } from '../../test/fixtures/rule-events.js';
import { eachViewStore, storePatienceMs } from '../../test/fixtures/view-stores.js';
import type { AnyEvent } from '../capabilities.js';
import { isOneOf, type EventOf } from '../event-log/event-types.js';
import { alarmRaised, alarmCleared } from './rules.events.js';
import type { Recorded } from '../event-log/envelope.js';
import type { Instant } from '../shared/instant.js';
import { serverKey } from '../shared/names.js';
import { deciderStateTable } from '../store/bookkeeping.entity.js';
import type { ViewStore } from '../store/view-store.adapter.js';
import type { AlarmDecision } from './alarm-decision.js';
import { RulesDecider, type RulesEvent } from './rules.decider.js';

const at = (minutes: number) => midnight + minutes * minute;
const diskLow = rule('disk-low', { checkup: 'disk', metric: 'free', below: 10 });
const noBackup = rule('no-backup', { noSuccessOf: 'records', within: '26h' });
const unreadable = rule('unreadable', { protocolLine: 'cannot read' });

let stores: readonly ViewStore[];

/** A decider on a database, as the runner drives it: one transaction for each batch. */
class Bench {
  readonly said: AlarmDecision[] = [];
  private decider = new RulesDecider();

  private constructor(readonly store: ViewStore) {}

  /** With nothing in the database yet. */
  static async open(which: 0 | 1 = 0): Promise<Bench> {
    const store = stores[which];
    if (!store) throw new Error('the databases are not open');
    const bench = new Bench(store);
    await bench.forget();
    return bench;
  }

  /** As after a restart: nothing is left but the database. */
  restart(): void {
    this.decider = new RulesDecider();
  }

  async handle(batch: readonly Recorded<AnyEvent>[]): Promise<readonly AlarmDecision[]> {
    return this.keep(await this.store.write((tx) => this.decider.handle(this.wanted(batch), tx, 0)));
  }

  private wanted(batch: readonly Recorded<AnyEvent>[]): readonly Recorded<RulesEvent>[] {
    return batch.filter((one): one is Recorded<RulesEvent> => isOneOf(one.event, this.decider.events));
  }

  /** Handles a batch in a transaction that fails afterwards. */
  async handleInVain(batch: readonly Recorded<AnyEvent>[]): Promise<void> {
    const work = this.store.write(async (tx) => {
      await this.decider.handle(this.wanted(batch), tx, 0);
      throw new Error('the power is cut');
    });
    await expect(work).rejects.toThrow('the power is cut');
  }

  async wake(now: Instant): Promise<readonly AlarmDecision[]> {
    return this.keep(await this.store.write((tx) => this.decider.wake(now, tx, 0)));
  }

  async rows(): Promise<Map<string, { state: unknown; wakeAt: string | null }>> {
    const rows = await this.store.read.find(deciderStateTable, { where: { decider: 'rules' } });
    return new Map(rows.map(({ key, state, wakeAt }) => [key, { state, wakeAt }]));
  }

  async forget(): Promise<void> {
    await this.store.write((tx) => tx.delete(deciderStateTable, { decider: 'rules' }));
  }

  private keep(decisions: readonly { readonly type: string }[]): readonly AlarmDecision[] {
    const alarms = decisions.filter((event): event is AlarmDecision => event.type.startsWith('alarm.'));
    this.said.push(...alarms);
    return alarms;
  }
}

/** The log: events in the order of their appends. */
function logOf(list: readonly AnyEvent[], from = 1): Recorded<AnyEvent>[] {
  return list.map((event, index) => ({ event, position: { partition: 0, offset: from + index } }));
}

const short = (decisions: readonly AlarmDecision[]) =>
  decisions.map(({ type, data }) => `${type} ${data.rule} ${data.server} ${data.because}`);

const about = (decisions: readonly AlarmDecision[]) =>
  decisions.map(({ type, data }) => `${type} ${data.rule} ${data.subject.kind}/${data.subject.name}`);

const isAlarm = (event: AnyEvent): event is EventOf<typeof alarmRaised | typeof alarmCleared> =>
  isOneOf(event, [alarmRaised, alarmCleared]);

const readBack = (event: AlarmDecision): AnyEvent => recorded(event, event.id);

describe.each(eachViewStore)('on $name', ({ open }) => {
  beforeAll(async () => {
    stores = [await open(), await open()];
  }, storePatienceMs);
  afterAll(async () => {
    for (const store of stores) await store.close();
  });

  describe('the rules, on a real database', () => {
    it('raise and clear an alarm under ids that follow from the cause', async () => {
      const bench = await Bench.open();
      await bench.handle(logOf([events.ruleDefined('r', at(0), diskLow)]));
      const [raised] = await bench.handle(logOf([events.diskFree('low', at(1), 'a', 5)], 2));
      const [cleared] = await bench.handle(logOf([events.diskFree('fine', at(2), 'a', 50)], 3));
      const alarmId = raised?.data.alarmId ?? '';
      expect(alarmId).toMatch(/^[0-9a-f-]{36}$/);
      expect(raised).toMatchObject({
        type: 'alarm.raised',
        source: '/wardround/rules',
        subject: `/sites/main/servers/a/alarms/${alarmId}`,
        partitionkey: '/sites/main/servers/a',
        causationid: 'low',
        time: '2026-11-22T00:01:00.000Z',
      });
      expect(raised).not.toHaveProperty('sequence');
      expect(cleared).toMatchObject({ type: 'alarm.cleared', causationid: 'fine', data: { alarmId } });

      const other = await Bench.open();
      const [again] = await other.handle(
        logOf([events.ruleDefined('r', at(0), diskLow), events.diskFree('low', at(1), 'a', 5)]),
      );
      expect(again).toEqual(raised);
    });

    it('raise an absence by the clock, once, and say when they want to be woken', async () => {
      const bench = await Bench.open();
      await bench.handle(
        logOf([events.jobDefined('d', midnight, 'a', 'records'), events.ruleDefined('r', midnight, noBackup)]),
      );
      expect((await bench.rows()).get(serverKey(site, 'a'))?.wakeAt).toBe('2026-11-23T02:00:00.000Z');
      expect(await bench.wake(midnight + 26 * hour - 1)).toEqual([]);
      const [raised, ...more] = await bench.wake(midnight + 27 * hour);
      expect(more).toEqual([]);
      expect(raised).toMatchObject({
        time: '2026-11-23T03:00:00.000Z',
        data: { because: 'no-success-in-time', since: '2026-11-23T02:00:00.000Z', evidence: ['d'] },
      });
      expect(raised).not.toHaveProperty('causationid');
      await bench.handle(raised ? logOf([readBack(raised)], 3) : []);
      expect((await bench.rows()).get(serverKey(site, 'a'))?.wakeAt).toBeNull();
      expect(await bench.wake(midnight + 100 * hour)).toEqual([]);
      const success = events.completed('s', midnight + 101 * hour, 'a', 'records', 'run');
      const cleared = await bench.handle(logOf([success], 4));
      expect(short(cleared)).toEqual(['alarm.cleared no-backup a condition-ended']);
      await bench.handle(logOf(cleared.map(readBack), 5));
      expect((await bench.rows()).get(serverKey(site, 'a'))?.wakeAt).toBe(
        new Date(midnight + 127 * hour).toISOString(),
      );
    });

    it('start again when the condition changes, and leave the alarm when only words change', async () => {
      const bench = await Bench.open();
      await bench.handle(logOf([events.ruleDefined('r1', at(0), diskLow), events.diskFree('low', at(1), 'a', 5)]));
      const words = { ...diskLow, title: 'Another', severity: 'warning' as const, advice: '' };
      expect(await bench.handle(logOf([events.ruleDefined('r2', at(2), words)], 3))).toEqual([]);
      expect(await bench.handle(logOf([events.diskFree('low2', at(3), 'a', 5)], 4))).toEqual([]);
      const condition = rule('disk-low', { checkup: 'disk', metric: 'free', below: 8 });
      expect(short(await bench.handle(logOf([events.ruleDefined('r3', at(4), condition)], 5)))).toEqual([
        'alarm.cleared disk-low a rule-changed',
      ]);
      expect(short(await bench.handle(logOf([events.diskFree('low3', at(5), 'a', 5)], 6)))).toEqual([
        'alarm.raised disk-low a condition-held',
      ]);
    });

    it('raise another alarm for an absence that was changed and changed back', async () => {
      const bench = await Bench.open();
      const longer = rule('no-backup', { noSuccessOf: 'records', within: '90d' });
      await bench.handle(
        logOf([events.jobDefined('d', midnight, 'a', 'records'), events.ruleDefined('r1', midnight, noBackup)]),
      );
      await bench.wake(midnight + 27 * hour);
      await bench.handle(
        logOf([events.ruleDefined('r2', at(1700), longer), events.ruleDefined('r3', at(1701), noBackup)], 3),
      );
      await bench.wake(midnight + 30 * hour);
      expect(short(bench.said)).toEqual([
        'alarm.raised no-backup a no-success-in-time',
        'alarm.cleared no-backup a rule-changed',
        'alarm.raised no-backup a no-success-in-time',
      ]);
      expect(new Set(bench.said.map(({ data }) => data.alarmId)).size).toBe(2);
    });

    it('clear on every server what a retired rule had raised', async () => {
      const bench = await Bench.open();
      await bench.handle(
        logOf([
          events.ruleDefined('r', at(0), diskLow),
          ...['b', 'a', 'c'].map((server) => events.diskFree(`low-${server}`, at(1), server, server === 'c' ? 50 : 5)),
        ]),
      );
      bench.restart();
      expect(short(await bench.handle(logOf([events.ruleRetired('x', at(2), 'disk-low')], 5)))).toEqual([
        'alarm.cleared disk-low a rule-retired',
        'alarm.cleared disk-low b rule-retired',
      ]);
      bench.restart();
      expect(await bench.handle(logOf([events.diskFree('low', at(3), 'a', 5)], 6))).toEqual([]);
    });

    it('judge as before a restart', async () => {
      const bench = await Bench.open();
      await bench.handle(
        logOf([
          events.ruleDefined('r', at(0), unreadable),
          events.logged('l', at(1), 'a', 'j', 'r1', ['cannot read x']),
        ]),
      );
      bench.restart();
      expect(await bench.handle(logOf([events.completed('c1', at(2), 'a', 'j', 'r1', 'failed')], 3))).toEqual([]);
      bench.restart();
      expect(short(await bench.handle(logOf([events.completed('c2', at(9), 'a', 'j', 'r2')], 4)))).toEqual([
        'alarm.cleared unreadable a condition-ended',
      ]);
    });

    it('R1: the open alarm of one job does not hide the next job that fails; each ends by its own runs', async () => {
      const bench = await Bench.open();
      const bad = (id: string, minutes: number, job: string, run: string) =>
        events.logged(id, at(minutes), 'a', job, run, ['cannot read x']);
      await bench.handle(logOf([events.ruleDefined('r', at(0), unreadable), bad('1', 1, 'records', 'r1')]));
      bench.restart();
      const second = await bench.handle(logOf([bad('2', 2, 'images', 'i1'), bad('3', 3, 'images', 'i2')], 3));
      expect(about(second)).toEqual(['alarm.raised unreadable job/images']);
      bench.restart();
      const ends = [
        events.completed('4', at(4), 'a', 'records', 'r2'),
        bad('5', 5, 'records', 'r3'),
        events.completed('6', at(6), 'a', 'images', 'i3'),
      ];
      expect(about(await bench.handle(logOf(ends, 5)))).toEqual([
        'alarm.cleared unreadable job/records',
        'alarm.raised unreadable job/records',
        'alarm.cleared unreadable job/images',
      ]);
      expect(bench.said.map(({ data }) => data.alarmId)).toEqual([
        ...[bench.said[0], bench.said[1], bench.said[0]].map((event) => event?.data.alarmId),
        ...[bench.said[3], bench.said[1]].map((event) => event?.data.alarmId),
      ]);
    });

    it('R1 kind: a retired job ends its own alarm only, and a retired rule those of all jobs', async () => {
      const bench = await Bench.open();
      const bad = ['records', 'images', 'letters'].map((job) =>
        events.logged(`l-${job}`, at(1), 'a', job, `run-${job}`, ['cannot read x']),
      );
      await bench.handle(logOf([events.ruleDefined('r', at(0), unreadable), ...bad]));
      expect(about(await bench.handle(logOf([events.jobRetired('x', at(2), 'a', 'images')], 5)))).toEqual([
        'alarm.cleared unreadable job/images',
      ]);
      expect(about(await bench.handle(logOf([events.ruleRetired('y', at(3), 'unreadable')], 6)))).toEqual([
        'alarm.cleared unreadable job/records',
        'alarm.cleared unreadable job/letters',
      ]);
    });

    it('R1 kind: an alarm names the check-up that it is about, or the job that did not succeed', async () => {
      const bench = await Bench.open();
      await bench.handle(
        logOf([
          ...[events.ruleDefined('r1', at(0), diskLow), events.ruleDefined('r2', at(0), noBackup)],
          ...[events.jobDefined('d', at(0), 'a', 'records'), events.diskFree('low', at(1), 'a', 5)],
        ]),
      );
      await bench.wake(midnight + 27 * hour);
      expect(about(bench.said.slice(0, 2))).toEqual([
        'alarm.raised disk-low checkup/disk',
        'alarm.raised no-backup job/records',
      ]);
    });

    it('forget what a rolled-back transaction had taught them', async () => {
      const bench = await Bench.open();
      await bench.handle(logOf([events.ruleDefined('r', at(0), diskLow)]));
      await bench.handleInVain(logOf([events.ruleRetired('x', at(1), 'disk-low')], 2));
      expect(short(await bench.handle(logOf([events.diskFree('low', at(2), 'a', 5)], 2)))).toEqual([
        'alarm.raised disk-low a condition-held',
      ]);
    });

    it('take a rule of any name, such as constructor', async () => {
      const bench = await Bench.open();
      const named = rule('constructor', { checkup: 'constructor', metric: 'free', below: 10 });
      await bench.handle(logOf([events.ruleDefined('r', at(0), named)]));
      bench.restart();
      const results = [5, 50].map((free, index) =>
        events.diskFree(`e${index}`, at(index), 'constructor', free, 'constructor'),
      );
      expect(short(await bench.handle(logOf(results, 2)))).toEqual([
        'alarm.raised constructor constructor condition-held',
        'alarm.cleared constructor constructor condition-ended',
      ]);
    });

    it('say where their memory cannot be read', async () => {
      const bench = await Bench.open();
      await bench.store.write((tx) =>
        tx.insert(deciderStateTable, {
          ...{ decider: 'rules', partition: 0, key: serverKey(site, 'a') },
          ...{ state: { odd: 1 }, wakeAt: null },
        }),
      );
      await expect(bench.handle(logOf([events.diskFree('e', at(0), 'a', 5)]))).rejects.toThrow(
        'the state of the rules under "/sites/main/servers/a" cannot be read',
      );
    });
  });

  describe('after the loss of their memory', () => {
    const history = [
      ...[events.ruleDefined('r1', at(0), diskLow), events.ruleDefined('r2', at(0), noBackup)],
      ...[events.jobDefined('d', at(0), 'a', 'records'), events.diskFree('low', at(1), 'a', 5)],
    ];

    it('they do not raise again what stands raised', async () => {
      const bench = await Bench.open();
      await bench.handle(logOf(history));
      const first = bench.said.map(readBack);
      await bench.handle(logOf(first, history.length + 1));
      await bench.wake(midnight + 27 * hour);
      expect(short(bench.said)).toEqual([
        'alarm.raised disk-low a condition-held',
        'alarm.raised no-backup a no-success-in-time',
      ]);
      const log = logOf([...history, ...bench.said.map(readBack)]);

      await bench.forget();
      bench.restart();
      await bench.handle(log);
      expect(await bench.wake(midnight + 28 * hour)).toEqual([]);
      const later = [
        events.diskFree('low2', midnight + 29 * hour, 'a', 5),
        events.diskFree('fine', midnight + 30 * hour, 'a', 50),
        events.completed('s', midnight + 31 * hour, 'a', 'records', 'run'),
      ];
      const ends = await bench.handle(logOf(later, log.length + 1));
      expect(ends.map(({ type, data }) => [type, data.alarmId])).toEqual(
        bench.said.slice(0, 2).map(({ data }) => ['alarm.cleared', data.alarmId]),
      );
    });

    it('they say once more, under the same ids, what was lost before it reached the log', async () => {
      const bench = await Bench.open();
      await bench.handle(logOf(history));
      const [lost] = bench.said;

      await bench.forget();
      bench.restart();
      await bench.handle(logOf(history)); // dropped by the runner: it is before the loss
      expect(await bench.wake(midnight + hour)).toEqual([lost]);
      expect(await bench.wake(midnight + hour + 1000)).toEqual([]);
      await bench.handle(lost ? logOf([readBack(lost)], history.length + 1) : []);
      expect(await bench.wake(midnight + 2 * hour)).toEqual([]);
    });

    it('they do not tell of alarms that came and went unsaid', async () => {
      const bench = await Bench.open();
      await bench.handle(logOf([...history, events.diskFree('fine', at(2), 'a', 50)]));
      expect(await bench.wake(midnight + hour)).toEqual([]);
    });
  });

  /** A step of a random history: something happens, or the clock is asked. */
  type Happening =
    { readonly kind: 'event'; readonly event: AnyEvent } | { readonly kind: 'wake'; readonly now: Instant };

  const happenings = fc
    .array(
      fc.record({
        what: fc.constantFrom(
          ...(['disk', 'disk', 'disk', 'lines', 'lines', 'run', 'run', 'wake', 'wake'] as const),
          ...(['rule', 'rule', 'retire-rule', 'job', 'retire-job', 'retire-checkup', 'checkup'] as const),
          ...(['retire-server', 'server'] as const),
        ),
        server: fc.constantFrom('a', 'b'),
        job: fc.constantFrom('records', 'images'),
        free: fc.constantFrom(5, 50, null),
        run: fc.constantFrom('r1', 'r2', 'r3'),
        rule: fc.constantFrom(
          ...[diskLow, noBackup, unreadable],
          rule('disk-low', { checkup: 'disk', metric: 'free', below: 10, for: '2h' }),
          rule('no-backup', { noSuccessOf: 'records', within: '5h' }),
          rule('unreadable', { protocolLine: 'cannot', job: 'images' }),
          rule('second', { protocolLine: 'read' }),
        ),
        flag: fc.boolean(),
      }),
      { minLength: 1, maxLength: 40 },
    )
    .map((choices) => choices.map((choice, index) => happening(choice, `e${index}`, midnight + (index + 4) * hour)))
    .map((list): Happening[] => [
      ...[diskLow, noBackup, unreadable].map((stated, index) =>
        fixed(events.ruleDefined(`r${index}`, at(index), stated)),
      ),
      ...['a', 'b'].map((server) => fixed(events.jobDefined(`j${server}`, at(4), server, 'records'))),
      ...list,
    ]);

  function fixed(event: AnyEvent): Happening {
    return { kind: 'event', event };
  }

  interface Choice {
    readonly what: string;
    readonly server: string;
    readonly job: string;
    readonly free: number | null;
    readonly run: string;
    readonly rule: ReturnType<typeof rule>;
    readonly flag: boolean;
  }

  function happening(choice: Choice, id: string, now: Instant): Happening {
    const event = eventOf(choice, id, now);
    return event ? { kind: 'event', event } : { kind: 'wake', now };
  }

  function eventOf({ what, server, job, free, run, rule: stated, flag }: Choice, id: string, now: Instant) {
    const lines = flag ? ['cannot read x'] : ['fine'];
    const makers: Record<string, () => AnyEvent> = {
      disk: () => events.diskFree(id, now, server, free),
      lines: () => events.logged(id, now, server, job, run, lines),
      run: () => events.completed(id, now, server, job, run, flag ? 'succeeded' : 'failed'),
      rule: () => events.ruleDefined(id, now, stated),
      'retire-rule': () => events.ruleRetired(id, now, stated.name),
      job: () => events.jobDefined(id, now, server, job),
      'retire-job': () => events.jobRetired(id, now, server, job),
      checkup: () => events.checkupDefined(id, now, server, 'disk'),
      'retire-checkup': () => events.checkupRetired(id, now, server, 'disk'),
      server: () => events.serverDefined(id, now, server),
      'retire-server': () => events.serverRetired(id, now, server),
    };
    return makers[what]?.();
  }

  /**
   * Plays a history: decisions come back through the log after some further events; a batch ends where `cuts` says, and
   * before the clock is asked, as the runner does.
   */
  async function play(bench: Bench, history: readonly Happening[], cuts: readonly boolean[], relayAfter: number) {
    const log: AnyEvent[] = [];
    let handled = 0;
    const waiting: { event: AlarmDecision; due: number }[] = [];
    const decide = async (decisions: Promise<readonly AlarmDecision[]>) => {
      for (const event of await decisions) waiting.push({ event, due: log.length + relayAfter });
    };
    const handleAll = async () => {
      const batch = logOf(log.slice(handled), handled + 1);
      handled = log.length;
      await decide(bench.handle(batch));
    };
    for (const [index, step] of history.entries()) {
      if (step.kind === 'event') log.push(step.event);
      if (step.kind === 'wake' || cuts[index % cuts.length]) await handleAll();
      if (step.kind === 'wake') await decide(bench.wake(step.now));
      while (waiting[0] && waiting[0].due <= log.length) {
        const next = waiting.shift();
        if (next && !log.some(({ id }) => id === next.event.id)) log.push(readBack(next.event));
      }
    }
    await handleAll();
    for (const { event } of waiting.splice(0)) if (!log.some(({ id }) => id === event.id)) log.push(readBack(event));
    await handleAll();
    return log;
  }

  /** The rows without what tells only how often and in which order they were written. */
  function essence(rows: Map<string, { state: unknown; wakeAt: string | null }>): unknown {
    const sortDeep = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(sortDeep).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, sortDeep(part)]))
          : value;
    return [...rows].map(([key, row]) => [key, sortDeep(row)]).sort();
  }

  describe('over any history', () => {
    it('a batch split anywhere gives the same decisions and the same memory', async () => {
      await fc.assert(
        fc.asyncProperty(happenings, fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), async (history, cuts) => {
          const [whole, split] = [await Bench.open(0), await Bench.open(1)];
          const list = history.flatMap((step) => (step.kind === 'event' ? [step.event] : []));
          await whole.handle(logOf(list));
          let from = 0;
          for (let to = 1; to <= list.length; to++) {
            if (to < list.length && !cuts[to % cuts.length]) continue;
            await split.handle(logOf(list.slice(from, to), from + 1));
            if (to % 2 === 0) split.restart();
            from = to;
          }
          expect(split.said).toEqual(whole.said);
          expect(await split.rows()).toEqual(await whole.rows());
        }),
        { numRuns: 150 },
      );
    });

    it('a batch handled twice leaves what once leaves', async () => {
      await fc.assert(
        fc.asyncProperty(happenings, async (history) => {
          const bench = await Bench.open();
          const list = logOf(history.flatMap((step) => (step.kind === 'event' ? [step.event] : [])));
          const half = Math.floor(list.length / 2);
          await bench.handle(list.slice(0, half));
          const first = await bench.handle(list.slice(half));
          const rows = await bench.rows();
          const second = await bench.handle(list.slice(half));
          const ids = new Set(first.map(({ id }) => id));
          expect(second.filter(({ id }) => !ids.has(id))).toEqual([]);
          expect(await bench.rows()).toEqual(rows);
        }),
        { numRuns: 150 },
      );
    });

    it('each alarm is raised once and cleared at most once, and a rule has one at a time on a job or check-up', async () => {
      await fc.assert(
        fc.asyncProperty(happenings, fc.nat({ max: 5 }), async (history, relayAfter) => {
          const bench = await Bench.open();
          const log = await play(bench, history, [true, false], relayAfter);
          const open = new Map<string, string>();
          for (const { type, data } of log.filter(isAlarm)) {
            const place = `${data.rule} ${data.server} ${data.subject.kind} ${data.subject.name}`;
            expect(open.get(place)).toBe(type === 'alarm.raised' ? undefined : data.alarmId);
            if (type === 'alarm.raised') open.set(place, data.alarmId);
            else open.delete(place);
          }
        }),
        { numRuns: 150 },
      );
    });

    it('a replay ends in the same memory, and nothing is said again', async () => {
      await fc.assert(
        fc.asyncProperty(happenings, fc.nat({ max: 5 }), async (history, relayAfter) => {
          const [lived, replayed] = [await Bench.open(0), await Bench.open(1)];
          const log = await play(lived, history, [true, false, false], relayAfter);
          await replayed.handle(logOf(log));
          expect(essence(await replayed.rows())).toEqual(essence(await lived.rows()));
          const end = midnight + 45 * hour;
          expect(await replayed.wake(end)).toEqual(await lived.wake(end));
        }),
        { numRuns: 150 },
      );
    });
  });
});

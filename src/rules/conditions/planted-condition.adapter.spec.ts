import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { events, hour, midnight, minute, recorded, rule, site } from '../../../test/fixtures/rule-events.js';
import { eachViewStore, storePatienceMs } from '../../../test/fixtures/view-stores.js';
import { backupCompleted, backupJobRetired, backupStarted } from '../../backups/backups.events.js';
import type { AnyEvent } from '../../capabilities.js';
import { namedThingFaults } from '../../definitions/checking/named-things.js';
import { draftOf, draftText } from '../../definitions/checking/draft.js';
import type { Event } from '../../event-log/envelope.js';
import { fact } from '../../event-log/statement.js';
import { asDecider } from '../../folding/decider.js';
import type { Instant } from '../../shared/instant.js';
import { effectiveTime } from '../../shared/log-time.js';
import { nameSchema, serverKey } from '../../shared/names.js';
import { packageRoot } from '../../shared/package.adapter.js';
import { durationSchema, durationSeconds } from '../../shared/schedule.js';
import { deciderStateTable } from '../../store/bookkeeping.entity.js';
import type { ViewStore } from '../../store/view-store.adapter.js';
import type { AlarmDecision } from '../alarm-decision.js';
import { backtest } from '../backtest.js';
import { ConditionSet } from '../condition-set.js';
import { ruleDefinitionSchema, ruleDefinitionWith } from '../rule.js';
import { ConditionsDecider } from '../rules.decider.js';
import { defineCondition, type Finding, type Shown } from './condition.js';
import { conditions } from './index.js';
import { storedMap, withEntry, withoutEntry } from './stored-map.js';

// A kind of condition that the product does not have: a run of a job takes too long. It hears a type of event that no other
// kind hears, has a memory, and is shown by events and by the clock.

const schema = z.strictObject({
  slowRunsOf: z.union([nameSchema, z.literal('*')]),
  longerThan: durationSchema,
  for: durationSchema.optional(),
});
type When = z.infer<typeof schema>;
type Running = ReadonlyMap<string, { readonly at: Instant; readonly eventId: string }>;
const none: Running = new Map();

const limitMs = ({ longerThan }: When) => durationSeconds(longerThan) * 1000;

function slowSince(when: When, startedAt: Instant, now: Instant, eventId: string): Finding {
  const since = startedAt + limitMs(when);
  if (now < since) return { shows: 'not-holding' };
  return { shows: 'holding', since, summary: `${when.slowRunsOf} is slow`, evidence: [eventId] };
}

const slowRuns = defineCondition({
  key: 'slowRunsOf',
  schema,
  because: 'condition-held',
  draft: draftOf({ slowRunsOf: draftText }),
  faults: ({ slowRunsOf: text }, path, context) =>
    namedThingFaults({ text, kind: 'backup-job', what: 'backup job' }, [...path, 'slowRunsOf'], context),
  subject: ({ slowRunsOf }) => (slowRunsOf === '*' ? null : { kind: 'job', name: slowRunsOf }),
  index: ({ slowRunsOf }) => slowRunsOf,
  hears: [backupStarted, backupCompleted, backupJobRetired],
  shows(event, { memory, rules }): { memory: Running; shown: readonly Shown[] } {
    const { job } = event.data;
    const at = effectiveTime(event);
    if (event.type === 'backup.started') {
      return { memory: withEntry(memory, job, { at, eventId: event.id }), shown: [] };
    }
    const startedAt = memory.get(job)?.at ?? at;
    const shown = [...rules(job), ...rules('*')].map((each) => ({
      rule: each,
      subject: { kind: 'job' as const, name: job },
      finding: slowSince(each.when, startedAt, at, event.id),
    }));
    return { memory: withoutEntry(memory, job), shown: event.type === 'backup.completed' ? shown : [] };
  },
  clock: {
    shows: (now, { memory, rules }) =>
      [...memory].flatMap(([job, { at, eventId }]) =>
        [...rules(job), ...rules('*')]
          .map((each) => ({
            rule: each,
            subject: { kind: 'job' as const, name: job },
            finding: slowSince(each.when, at, now, eventId),
          }))
          .filter(({ finding }) => finding.shows === 'holding'),
      ),
    begins: (_now, { memory, rules }) =>
      [...memory].flatMap(([job, { at }]) =>
        [...rules(job), ...rules('*')].map((each) => ({
          rule: each,
          subject: { kind: 'job' as const, name: job },
          at: at + limitMs(each.when),
        })),
      ),
  },
  memory: {
    name: 'running',
    fresh: none,
    stored: storedMap(z.strictObject({ at: z.number(), eventId: z.string() })),
    encode: (running) => [...running],
  },
});

type Heard = (typeof conditions)[number]['hears'][number] | (typeof slowRuns)['hears'][number];
const withPlanted = new ConditionSet<Heard>([...conditions, slowRuns]);

const at = (hours: number) => midnight + hours * hour;

const stated = (when: object) => ({ ...rule('slow', { protocolLine: 'x' }), when });

/** As the log of an installation that knows the kind holds it. */
function ruleOn(when: object): Event {
  const defined = events.ruleDefined('defined', midnight, rule('slow', { protocolLine: 'x' }));
  return { ...defined, data: { rule: 'slow', definition: stated(when) } };
}

function started(id: string, now: Instant, job = 'records'): AnyEvent {
  const key = serverKey(site, 'a');
  const run = { site, server: 'a', job, runId: id, trigger: 'timetable' as const, plannedFor: null };
  const data = { ...run, computer: 'reception', user: 'wardround', destinations: [] };
  return recorded(fact(backupStarted, { source: key, subject: key, partitionkey: key, now, data }), id);
}

const ended = (id: string, now: Instant) => events.completed(id, now, 'a', 'records', id);
const slow = { slowRunsOf: 'records', longerThan: '2h' };

describe.each(eachViewStore)('a planted kind of condition on $name', ({ open }) => {
  let store: ViewStore;
  let end = 0;

  beforeAll(async () => {
    store = await open();
  }, storePatienceMs);
  afterAll(() => store.close());
  beforeEach(() => store.write((tx) => tx.delete(deciderStateTable, { decider: 'rules' })));

  /** Each batch finds the state as after a restart; what is said is read back at once. */
  async function take(batch: readonly Event[], set: ConditionSet = withPlanted): Promise<readonly string[]> {
    const decider = asDecider(new ConditionsDecider(set));
    const log = batch.map((event) => ({ event, position: { partition: 0, offset: ++end } }));
    return said(await store.write((tx) => decider.handle(log, tx, 0)));
  }

  async function wake(now: Instant): Promise<readonly string[]> {
    return said(await store.write((tx) => new ConditionsDecider(withPlanted).wake(now, tx, 0)));
  }

  async function said(decisions: readonly { readonly type: string }[]): Promise<readonly string[]> {
    const alarms = decisions.filter((event): event is AlarmDecision => event.type.startsWith('alarm.'));
    if (alarms.length > 0) await take(alarms.map((event) => ({ ...event, recordedtime: event.time })));
    return alarms.map(
      ({ type, data: { rule: name, subject, because } }) =>
        `${type.slice('alarm.'.length)} ${name} ${subject.kind}/${subject.name} ${because}`,
    );
  }

  async function row(): Promise<{ server: unknown; wakeAt: string | null }> {
    const key = serverKey(site, 'a');
    const [found] = await store.read.find(deciderStateTable, { where: { decider: 'rules', key } });
    return { server: Reflect.get(found?.state ?? {}, 'server'), wakeAt: found?.wakeAt ?? null };
  }

  it('is raised and cleared by the events that it hears, its memory stored in between', async () => {
    expect(await take([ruleOn(slow), started('r1', at(1))])).toEqual([]);
    expect((await row()).server).toMatchObject({ running: [['records', { at: at(1), eventId: 'r1' }]] });
    expect(await take([ended('e1', at(4))])).toEqual(['raised slow job/records condition-held']);
    expect((await row()).server).toMatchObject({ running: [], alarms: [['slow\njob/records', { kind: 'raised' }]] });
    expect(await take([started('r2', at(5))])).toEqual([]);
    expect(await take([ended('e2', at(6))])).toEqual(['cleared slow job/records condition-ended']);
    expect((await row()).server).toMatchObject({ running: [], alarms: [] });
  });

  it('is raised by the clock, which wakes it when it asked to be woken', async () => {
    await take([ruleOn(slow), started('r1', at(1))]);
    expect((await row()).wakeAt).toBe(new Date(at(3)).toISOString());
    expect(await wake(at(3) - 1)).toEqual([]);
    expect(await wake(at(3))).toEqual(['raised slow job/records condition-held']);
    expect((await row()).wakeAt).toBeNull();
    expect(await take([ended('e1', at(4)), started('r2', at(5)), ended('e2', at(5) + minute)])).toEqual([
      'cleared slow job/records condition-ended',
    ]);
  });

  it('waits by the clock too, for as long as it must hold', async () => {
    await take([ruleOn({ ...slow, for: '1h' }), started('r1', at(1))]);
    expect(await wake(at(3))).toEqual([]);
    expect((await row()).wakeAt).toBe(new Date(at(4)).toISOString());
    expect(await wake(at(4))).toEqual(['raised slow job/records condition-held-long-enough']);
  });

  it('is raised by the clock for each of several jobs, and ends for each', async () => {
    await take([ruleOn({ ...slow, slowRunsOf: '*' }), started('r1', at(1)), started('r2', at(1), 'images')]);
    const raised = ['raised slow job/records condition-held', 'raised slow job/images condition-held'];
    expect(await wake(at(3))).toEqual(raised);
    expect(await take([started('r3', at(4)), ended('e3', at(5))])).toEqual([
      'cleared slow job/records condition-ended',
    ]);
    expect((await row()).server).toMatchObject({ alarms: [['slow\njob/images', { kind: 'raised' }]] });
  });

  it('ends with its job, its rule or its server, and hears nothing of what is retired', async () => {
    await take([ruleOn(slow), started('r1', at(1))]);
    await wake(at(3));
    expect(await take([events.jobRetired('x', at(4), 'a', 'records'), ended('e', at(9))])).toEqual([
      'cleared slow job/records condition-ended',
    ]);
    await take([events.jobDefined('d', at(10), 'a', 'records'), started('r2', at(11))]);
    await wake(at(13));
    expect(await take([events.ruleRetired('y', at(14), 'slow')])).toEqual(['cleared slow job/records rule-retired']);
    await take([ruleOn(slow), started('r3', at(15))]);
    await wake(at(17));
    expect(await take([events.serverRetired('z', at(18), 'a'), ended('e3', at(30))])).toEqual([
      'cleared slow job/records server-retired',
    ]);
    expect((await row()).server).toMatchObject({ running: [], alarms: [], retired: ['server'] });
  });

  it('finds a state that was stored before it was known, and leaves the other kinds as they are', async () => {
    const product = new ConditionSet<Heard>(conditions);
    const diskLow = rule('disk-low', { checkup: 'disk', metric: 'free', below: 10 });
    const before = [events.ruleDefined('r', midnight, diskLow), events.jobDefined('d', midnight, 'a', 'records')];
    expect(await take([...before, events.diskFree('low', at(1), 'a', 5)], product)).toHaveLength(1);
    const rest = await take([ruleOn(slow), started('r1', at(2)), events.diskFree('fine', at(3), 'a', 50)]);
    expect(rest).toEqual(['cleared disk-low checkup/disk condition-ended']);
    expect((await row()).server).toMatchObject({ jobs: [['records', {}]], judged: [['disk', {}]], matching: [] });
    expect(await wake(at(5))).toEqual(['raised slow job/records condition-held']);
  });
});

describe('a planted kind of condition', () => {
  it('can be tried on history', () => {
    const definition = ruleDefinitionWith(withPlanted.schema).parse(stated(slow));
    const history = [started('r1', at(1)), ended('e1', at(6)), started('r2', at(7)), ended('e2', at(8))];
    expect(backtest(definition, history, at(20), withPlanted)).toMatchObject([
      { raisedAt: new Date(at(3)).toISOString(), cleared: { at: new Date(at(8)).toISOString() } },
    ]);
  });

  it('is accepted where it is listed, and nowhere else', () => {
    expect(ruleDefinitionWith(withPlanted.schema).safeParse(stated(slow)).success).toBe(true);
    expect(ruleDefinitionSchema.safeParse(stated(slow)).success).toBe(false);
  });

  it('needs a key and a memory that no other kind has', () => {
    expect(() => new ConditionSet<Heard>([...withPlanted.kinds, slowRuns])).toThrow('the same key slowRunsOf');
    const memory = { ...slowRuns.memory, name: 'jobs' };
    expect(() => new ConditionSet<Heard>([...conditions, { ...slowRuns, memory }])).toThrow('the same memory jobs');
  });
});

describe('what judges', () => {
  it('knows no kind of condition by name', () => {
    const folder = join(packageRoot, 'src', 'rules');
    const kinds = readdirSync(join(folder, 'conditions')).filter((file) =>
      /defineCondition\(\{/.test(readFileSync(join(folder, 'conditions', file), 'utf8')),
    );
    expect(kinds.length).toBeGreaterThan(conditions.length);
    const names = [
      ...kinds.map((file) => `conditions/${file.replace(/\.ts$/, '.js')}`),
      ...conditions.flatMap(({ key, memory }) => [`.${key}`, `'${key}'`, `server.${memory.name}`]),
    ];
    const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
    const found = files.flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      return names.filter((name) => text.includes(name)).map((name) => `${file}: ${name}`);
    });
    expect(found).toEqual([]);
  });
});

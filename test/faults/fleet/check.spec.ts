import { describe, expect, it } from '@jest/globals';
import type { AnyEvent } from '../../../src/capabilities.js';
import type { NewEvent } from '../../../src/event-log/envelope.js';
import { decision, fact } from '../../../src/event-log/statement.js';
import {
  messageDecided,
  messageDelivered,
  notificationsSource,
} from '../../../src/notifications/notifications.events.js';
import { alarmRaised, ruleDefined } from '../../../src/rules/rules.events.js';
import { fromIso, toIso } from '../../../src/shared/instant.js';
import { definitionsKey, serverKey } from '../../../src/shared/names.js';
import { chance } from '../kills.js';
import { ofType } from '../history.js';
import { check, type Found, type Stored, type Violation } from './check.js';
import { expectedAlarms, expectedMessages, foldedViews } from './expected.js';
import { History } from './history.js';
import { planFaults } from './plan.js';
import { Happenings, rules, servers, site } from './world.js';

const midnight = fromIso('2026-11-22T00:00:00Z');
const watched = servers.slice(0, 5);
const partitions = 2;

/** A history in which all went well, and what is found after it. */
function quietDay(): { history: History; found: Found } {
  const history = new History(null, midnight);
  const log = new SmallLog();
  const definedBy = new Map(rules.map((rule) => [rule.name, log.append(0, defined(rule)).id]));
  for (const [at, server] of watched.entries()) {
    const happenings = new Happenings(server, chance(at));
    const facts: AnyEvent[] = [];
    let said = 0;
    for (let second = 0; second < 120; second++) {
      const order = happenings.order(midnight + second * 1000);
      history.add({ what: 'ordered', at: second * 1000, ...order });
      const about = { server, number: order.number, hub: 'hub-1', way: 'log' as const, tookMs: 1, detail: '' };
      history.add({ what: 'answered', at: second * 1000, answer: 'acknowledged', ...about });
      for (const event of order.facts) facts.push(log.append(at % partitions, event));
      const alarms = expectedAlarms(facts, definedBy);
      for (const alarm of alarms.slice(said)) log.append(at % partitions, alarm);
      said = alarms.length;
    }
    for (const run of ofType(facts, 'backup.completed')) {
      for (const messageId of expectedMessages(run)) {
        for (const event of told(messageId, run)) log.append(at % partitions, event);
      }
    }
  }
  return { history, found: log.found() };
}

/** The least that a log does. */
class SmallLog {
  private readonly stored: Stored[] = [];
  private readonly counts = new Map<string, number>();
  private readonly ends = new Map<number, number>();

  append(partition: number, event: NewEvent): AnyEvent {
    const offset = (this.ends.get(partition) ?? 0) + 1;
    this.ends.set(partition, offset);
    const count = (this.counts.get(event.source) ?? 0) + 1;
    this.counts.set(event.source, count);
    const decides = event.source.startsWith('/wardround/');
    const sequence = decides ? {} : { sequence: String(count).padStart(16, '0') };
    const recorded = { ...event, ...sequence, recordedtime: event.time } as AnyEvent;
    this.stored.push({ partition, offset, event: recorded });
    return recorded;
  }

  found(): Found {
    const archive = this.stored.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
    return found(archive);
  }
}

function found(archive: readonly Stored[]): Found {
  const tables = foldedViews(archive);
  const views = new Map([...tables].map(([table, rows]) => [table, [...rows].map(([key, row]) => ({ key, row }))]));
  const topic = archive.map(({ partition, offset, event: { source, id } }) => ({
    ...{ partition, offset: offset - 1, source, id },
  }));
  return { archive, topic, views, outbox: 0, parked: 0, unreadable: 0 };
}

function defined(rule: (typeof rules)[number]): NewEvent {
  const about = { source: definitionsKey, subject: definitionsKey, partitionkey: definitionsKey, now: midnight };
  return fact(ruleDefined, { ...about, data: { rule: rule.name, definition: rule } });
}

function told(messageId: string, run: AnyEvent): NewEvent[] {
  const about = {
    source: notificationsSource,
    subject: messageId,
    partitionkey: run.partitionkey,
    now: fromIso(run.time),
  };
  const ofMessage = { messageId, group: 'everyone', channel: 'inbox' };
  return [
    decision(messageDecided, [messageId], {
      ...about,
      data: {
        ...{
          ...ofMessage,
          to: [],
          locale: 'en',
          template: 'backup-failed',
          reason: 'backup-failed',
          about: [],
          inPlaceOf: null,
        },
        period: null,
      },
    }),
    decision(messageDelivered, [messageId], {
      ...about,
      data: { messageId, channel: 'inbox', attempt: 1, receipt: 'shown', subject: 'A run', text: 'It failed' },
    }),
  ];
}

const { history, found: right } = quietDay();
const orders = history.orders();

const saysOf = (changed: Partial<Found>, outcomes = orders) => check(outcomes, { ...right, ...changed });
const kinds = (violations: readonly Violation[]) => [...new Set(violations.map(({ what }) => what))].sort();

/** As if the archive had always been so: topic and views follow from it. */
const withArchive = (archive: readonly Stored[]) => check(orders, found(archive));
const atOf = (matches: (event: AnyEvent) => boolean) => right.archive.findIndex(({ event }) => matches(event));
const without = (at: number) => right.archive.filter((_, index) => index !== at);
const again = (at: number, change: Partial<AnyEvent> = {}) => {
  const twice = right.archive.slice(at, at + 1).map((stored) => ({
    ...{ ...stored, offset: stored.offset + 100_000 },
    event: { ...stored.event, ...change } as AnyEvent,
  }));
  return [...right.archive, ...twice];
};
const firstOf = (type: AnyEvent['type']) => atOf((event) => event.type === type);

describe('the checker', () => {
  it('finds nothing wrong where nothing is', () => {
    expect(saysOf({})).toEqual([]);
    const types = new Set(right.archive.map(({ event }) => event.type));
    expect([...types].sort()).toEqual([
      ...['alarm.cleared', 'alarm.raised', 'backup.completed', 'backup.logged', 'backup.started', 'checkup.completed'],
      ...['message.decided', 'message.delivered', 'rule.defined'],
    ]);
  });

  it('knows when a wave is too high, without asking the rules', () => {
    for (const server of watched) {
      const changes = ofType(
        right.archive.map(({ event }) => event),
        'alarm.raised',
        'alarm.cleared',
      )
        .filter(({ data }) => data.server === server && data.rule === 'high-tide')
        .map(({ type }) => type);
      const highs = ofType(
        right.archive.map(({ event }) => event),
        'checkup.completed',
      )
        .filter(({ data }) => data.server === server)
        .map(({ data }) => data.status === 'critical');
      const due = highs.flatMap((high, at) => {
        if (high === (highs[at - 1] ?? false)) return [];
        return high ? ['alarm.raised'] : ['alarm.cleared'];
      });
      expect(changes).toEqual(due);
    }
  });

  it('finds a lost fact', () => {
    const lost = without(firstOf('backup.started'));
    expect(kinds(withArchive(lost))).toEqual(['fact-lost', 'sequence-broken']);
  });

  it('finds a fact that was acknowledged and is in the topic, but not in the archive', () => {
    const at = firstOf('backup.started');
    expect(kinds(check(orders, { ...found(without(at)), topic: right.topic }))).toEqual([
      ...['archive-otherwise-than-topic', 'fact-lost', 'sequence-broken'],
    ]);
  });

  it('finds a doubled fact', () => {
    expect(kinds(withArchive(again(firstOf('checkup.completed'))))).toContain('fact-doubled');
  });

  it('finds a fact that was changed, and one that no one stated', () => {
    const at = firstOf('checkup.completed');
    const time = toIso(midnight - 1);
    const changed = right.archive.map((stored, index) =>
      index === at ? { ...stored, event: { ...stored.event, time } } : stored,
    );
    expect(kinds(withArchive(changed))).toContain('fact-changed');
    expect(kinds(withArchive(again(at, { id: 'another' })))).toContain('fact-from-nowhere');
  });

  it('finds two facts that are swapped', () => {
    const key = serverKey(site, watched[0] ?? '');
    const [one, other] = right.archive.filter(
      ({ event }) => event.source === key && event.type === 'checkup.completed',
    );
    if (!one || !other) throw new Error('there is too little in the history');
    const swap = ({ partition, offset, event }: Stored): Stored => {
      if (event.id === one.event.id)
        return { partition, offset, event: { ...other.event, sequence: '0'.repeat(15) + '1' } };
      return event.id === other.event.id ? { partition, offset, event: one.event } : { partition, offset, event };
    };
    expect(kinds(withArchive(right.archive.map(swap)))).toContain('facts-swapped');
  });

  it('takes a fact that was never acknowledged once, or not at all, but not a part of what was ordered together', () => {
    const order = orders.find(({ facts }) => facts.length === 3);
    if (!order) throw new Error('there is too little in the history');
    const unsure = orders.map((outcome) => (outcome === order ? { ...outcome, acknowledged: false } : outcome));
    expect(check(unsure, right)).toEqual([]);
    const at = atOf(({ id }) => id === order.facts[1]?.id);
    expect(kinds(check(unsure, found(without(at))))).toContain('order-torn');
    const ids = order.facts.map(({ id }) => id);
    const none = right.archive.filter(({ event }) => !ids.includes(event.id));
    expect(kinds(check(unsure, found(none)))).not.toContain('fact-lost');
  });

  it('takes an abandoned fact behind later ones, and none before earlier ones', () => {
    const second = orders.find(({ number, facts }) => number > 1 && facts.length === 1);
    if (!second) throw new Error('there is too little in the history');
    const unsure = orders.map((outcome) => (outcome === second ? { ...outcome, acknowledged: false } : outcome));
    const move = (offset: number) =>
      right.archive.map((stored) => (stored.event.id === second.facts[0]?.id ? { ...stored, offset } : stored));
    expect(kinds(check(unsure, { ...right, archive: move(1_000_000) }))).not.toContain('facts-swapped');
    expect(kinds(check(unsure, { ...right, archive: move(0) }))).toContain('facts-swapped');
  });

  it('finds a gap in the numbers that a source gives', () => {
    const at = right.archive.findLastIndex(({ event }) => event.type === 'checkup.completed');
    const counted = right.archive.map((stored, index) =>
      index === at ? { ...stored, event: { ...stored.event, sequence: '0000000000009999' } } : stored,
    );
    expect(kinds(withArchive(counted))).toEqual(['sequence-broken']);
  });

  it('finds a missing alarm, a doubled one, and one that nothing speaks for', () => {
    expect(kinds(withArchive(without(firstOf('alarm.raised'))))).toEqual(['alarm-missing']);
    expect(kinds(withArchive(again(firstOf('alarm.raised'))))).toContain('alarm-doubled');
    const unfounded = again(firstOf('alarm.raised'), { id: 'invented' });
    expect(kinds(withArchive(unfounded))).toEqual(['alarm-unfounded']);
  });

  it('finds an alarm that says something else, and one that comes late', () => {
    const at = firstOf('alarm.raised');
    const changed = right.archive.map((stored, index) => {
      if (index !== at || stored.event.type !== alarmRaised.type) return stored;
      return { ...stored, event: { ...stored.event, data: { ...stored.event.data, severity: 'warning' as const } } };
    });
    expect(kinds(withArchive(changed))).toEqual(['alarm-changed']);
    expect(kinds(withArchive([...without(at), ...right.archive.slice(at, at + 1)]))).toContain('alarms-swapped');
  });

  it('finds a message that was not decided, one that was decided twice, and one that was not delivered', () => {
    expect(kinds(withArchive(without(firstOf('message.decided'))))).toEqual(['message-missing']);
    expect(kinds(withArchive(again(firstOf('message.decided'))))).toContain('message-doubled');
    expect(kinds(withArchive(again(firstOf('message.decided'), { id: 'other' })))).toEqual(['message-doubled']);
    expect(kinds(withArchive(without(firstOf('message.delivered'))))).toEqual(['message-undelivered']);
  });

  it.each(['alarms', 'messages', 'runs', 'protocol_lines', 'checkup_status', 'checkup_results'])(
    'finds what is wrong in the table %s',
    (table) => {
      const rows = right.views.get(table) ?? [];
      const [first, ...rest] = rows;
      if (!first) throw new Error(`${table} is empty`);
      const saysWith = (changed: readonly { key: string; row: object }[]) =>
        kinds(saysOf({ views: new Map([...right.views, [table, changed]]) }));
      expect(saysWith(rest)).toEqual(['row-missing']);
      expect(saysWith([...rows, first])).toEqual(['row-doubled']);
      expect(saysWith([...rows, { key: 'another', row: {} }])).toEqual(['row-unfounded']);
      expect(saysWith([{ key: first.key, row: { ...first.row, site: 'other', status: 'x' } }, ...rest])).toEqual([
        'row-otherwise',
      ]);
    },
  );

  it('finds what is left over', () => {
    expect(kinds(saysOf({ outbox: 1, parked: 2, unreadable: 3 }))).toEqual(['left-in-outbox', 'parked', 'unreadable']);
  });
});

describe('the faults of a run', () => {
  it('are the same for the same seed, others for another, and of every kind before long', () => {
    expect(planFaults(7, 300)).toEqual(planFaults(7, 300));
    expect(planFaults(7, 300)).not.toEqual(planFaults(8, 300));
    const faults = planFaults(7, 3_000).flatMap(({ steps }) => steps.map(({ fault }) => fault));
    const found = new Set(faults.map((fault) => `${fault.target} ${fault.how}`));
    expect(found.size).toBe(10);
    expect(faults.some((fault) => fault.target === 'brokers' && fault.ids.length === 2)).toBe(true);
  });
});

describe('what happens on a server', () => {
  it('follows from the chance, and counts its facts', () => {
    const some = (seed: number) => {
      const happenings = new Happenings('server-01', chance(seed));
      return Array.from({ length: 100 }, (_, second) => happenings.order(midnight + second * 1000));
    };
    expect(some(1)).toEqual(some(1));
    expect(some(1)).not.toEqual(some(2));
    const ids = some(1).flatMap(({ facts }) => facts.map(({ id }) => id));
    expect(ids).toEqual(ids.map((_, at) => `server-01-${at + 1}`));
  });
});

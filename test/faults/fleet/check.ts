import { isDeepStrictEqual } from 'node:util';
import type { AnyEvent } from '../../../src/capabilities.js';
import { decisionSources, type NewEvent } from '../../../src/event-log/envelope.js';
import { messageDecided } from '../../../src/notifications/notifications.events.js';
import { decisionId } from '../../../src/shared/ids.js';
import { grouped, ofType } from '../history.js';
import { expectedAlarms, expectedMessages, foldedViews } from './expected.js';
import type { Outcome } from './history.js';

/** What is where everything has come to rest. */
export interface Found {
  /** The archive: each partition's events in order. Every row is here, so that what is twice is here twice. */
  readonly archive: readonly Stored[];
  /** What is in Kafka, each partition in order, repeats and all. */
  readonly topic: readonly Sent[];
  /** Every row of each table, so that what is twice is here twice. */
  readonly views: ReadonlyMap<string, readonly { readonly key: string; readonly row: object }[]>;
  readonly outbox: number;
  readonly parked: number;
  readonly unreadable: number;
}

export interface Stored {
  readonly partition: number;
  readonly offset: number;
  readonly event: AnyEvent;
}

/** A record of the topic: whose event it is. */
export interface Sent {
  readonly partition: number;
  /** Kafka's. */
  readonly offset: number;
  readonly source: string;
  readonly id: string;
}

export interface Violation {
  readonly what:
    | 'fact-lost'
    | 'fact-doubled'
    | 'fact-changed'
    | 'fact-from-nowhere'
    | 'order-torn'
    | 'facts-swapped'
    | 'sequence-broken'
    | 'archive-otherwise-than-topic'
    | 'alarm-missing'
    | 'alarm-doubled'
    | 'alarm-unfounded'
    | 'alarm-changed'
    | 'alarms-swapped'
    | 'message-missing'
    | 'message-doubled'
    | 'message-unfounded'
    | 'message-undelivered'
    | 'row-missing'
    | 'row-doubled'
    | 'row-unfounded'
    | 'row-otherwise'
    | 'left-in-outbox'
    | 'parked'
    | 'unreadable'
    | 'not-at-rest'
    | 'called-wrong'
    | 'hub-fell-over'
    | 'rebuilt-otherwise';
  readonly text: string;
}

/** All that is wrong with what was found, after all that was seen; nothing if each promise was kept. */
export function check(outcomes: readonly Outcome[], found: Found): readonly Violation[] {
  const byServer = grouped(
    found.archive,
    ({ event }) => event.partitionkey,
    (stored) => stored,
  );
  return [
    ...checkFacts(outcomes, found.archive),
    ...checkOrder(outcomes, found.archive),
    ...checkSequences(found.archive),
    ...checkTopic(found),
    ...checkAlarms(byServer, found.archive),
    ...checkMessages(found.archive),
    ...checkViews(found),
    ...checkRests(found),
  ];
}

/** What is acknowledged is stored once and as it was sent; what is not, at most once; an order wholly or not at all. */
function* checkFacts(outcomes: readonly Outcome[], archive: readonly Stored[]): Iterable<Violation> {
  const stored = grouped(
    archive,
    ({ event }) => identity(event),
    ({ event }) => event,
  );
  const sent = new Set<string>();
  for (const { server, number, facts, acknowledged } of outcomes) {
    const copies = facts.map((fact) => stored.get(identity(fact)) ?? []);
    const name = `order ${number} of ${server}`;
    for (const [at, fact] of facts.entries()) {
      sent.add(identity(fact));
      const [first, ...more] = copies[at] ?? [];
      if (!first && acknowledged) yield { what: 'fact-lost', text: `${fact.id} (${name}) was acknowledged` };
      if (first && !sameFact(fact, first)) {
        yield { what: 'fact-changed', text: `${fact.id}: ${JSON.stringify(fact)} became ${JSON.stringify(first)}` };
      }
      if (more.length > 0) yield { what: 'fact-doubled', text: `${fact.id} stands ${more.length + 1} times` };
    }
    const there = copies.filter(({ length }) => length > 0).length;
    if (!acknowledged && there > 0 && there < facts.length) {
      yield { what: 'order-torn', text: `${there} of ${facts.length} facts of ${name}` };
    }
  }
  for (const { event } of archive) {
    if (isStatedFact(event) && !sent.has(identity(event))) yield { what: 'fact-from-nowhere', text: identity(event) };
  }
}

/** A fact comes behind all that were acknowledged before it was sent, and behind those of its own order before it. */
function* checkOrder(outcomes: readonly Outcome[], archive: readonly Stored[]): Iterable<Violation> {
  const places = new Map(archive.map(({ partition, offset, event }) => [identity(event), { partition, offset }]));
  const last = new Map<string, { id: string; partition: number; offset: number }>();
  for (const { server, facts, acknowledged } of outcomes) {
    let before = last.get(server);
    for (const fact of facts) {
      const place = places.get(identity(fact));
      if (!place) continue;
      if (before && (place.partition !== before.partition || place.offset <= before.offset)) {
        yield { what: 'facts-swapped', text: `${fact.id} does not stand behind ${before.id}` };
      }
      before = { id: fact.id, ...place };
    }
    // What was abandoned may come at any later time.
    if (acknowledged && before) last.set(server, before);
  }
}

/** Each source counts its facts 1, 2, 3 …, and decisions carry no number. */
function* checkSequences(archive: readonly Stored[]): Iterable<Violation> {
  const bySource = grouped(
    archive,
    ({ event }) => event.source,
    ({ event }) => event,
  );
  for (const [source, events] of bySource) {
    const decides = source.startsWith(decisionSources);
    const wrong = events.findIndex(({ sequence }, at) =>
      decides ? sequence !== undefined : Number(sequence) !== at + 1,
    );
    const event = events[wrong];
    if (!event) continue;
    const due = decides ? 'none' : wrong + 1;
    yield {
      what: 'sequence-broken',
      text: `${source}: ${event.id} carries ${event.sequence ?? 'none'}, due is ${due}`,
    };
  }
}

/** The archive is the topic without its repeats. */
function* checkTopic({ archive, topic, unreadable }: Found): Iterable<Violation> {
  if (unreadable > 0) yield { what: 'unreadable', text: `${unreadable} records were set aside` };
  const first = new Map<string, Sent>();
  for (const record of topic) if (!first.has(identity(record))) first.set(identity(record), record);
  const place = ({ partition, offset }: { partition: number; offset: number }) => `${partition}/${offset}`;
  const archived = new Map(archive.map((stored) => [identity(stored.event), stored]));
  for (const [id, record] of first) {
    const stored = archived.get(id);
    const expected = place({ partition: record.partition, offset: record.offset + 1 });
    if (stored && place(stored) === expected) continue;
    const text = `${id}: its first record belongs to ${expected}, and it stands at ${stored ? place(stored) : 'no place'}`;
    yield { what: 'archive-otherwise-than-topic', text };
  }
  for (const id of archived.keys()) {
    if (!first.has(id)) yield { what: 'archive-otherwise-than-topic', text: `${id} lies nowhere in the topic` };
  }
}

/** What the rules say of each server's facts in their order is in the log, once and in that order, and nothing else. */
function* checkAlarms(
  byServer: ReadonlyMap<string, readonly Stored[]>,
  archive: readonly Stored[],
): Iterable<Violation> {
  const definedBy = new Map<string, string>();
  for (const { event } of archive) {
    if (event.type === 'rule.defined' && !definedBy.has(event.data.rule)) definedBy.set(event.data.rule, event.id);
  }
  for (const [server, stored] of byServer) {
    const events = stored.map(({ event }) => event);
    const expected = expectedAlarms(events, definedBy);
    const said = ofType(events, 'alarm.raised', 'alarm.cleared');
    const saidOf = grouped(
      said,
      ({ id }) => id,
      (event) => event,
    );
    const text = ({ id, type, data }: (typeof said)[number] | (typeof expected)[number]) =>
      `${server}: ${type} of ${data.rule} (${id})`;
    for (const decision of expected) {
      const [first, ...more] = saidOf.get(decision.id) ?? [];
      if (!first) yield { what: 'alarm-missing', text: text(decision) };
      else if (!sameFact(decision, first)) {
        yield {
          what: 'alarm-changed',
          text: `${text(decision)}: ${JSON.stringify(first)}, due ${JSON.stringify(decision)}`,
        };
      }
      if (more.length > 0) yield { what: 'alarm-doubled', text: `${text(decision)} ${more.length + 1} times` };
    }
    const due = new Map(expected.map(({ id }, at) => [id, at]));
    for (const event of said) if (!due.has(event.id)) yield { what: 'alarm-unfounded', text: text(event) };
    const order = [...saidOf.keys()].flatMap((id) => due.get(id) ?? []);
    const swapped = order.findIndex((at, index) => at < (order[index - 1] ?? -1));
    const late = expected[order[swapped] ?? -1];
    if (late) yield { what: 'alarms-swapped', text: `${text(late)} comes late` };
  }
}

/** Each message that a finished run asks for is decided once, and delivered. */
function* checkMessages(archive: readonly Stored[]): Iterable<Violation> {
  const events = archive.map(({ event }) => event);
  const decided = grouped(
    ofType(events, 'message.decided'),
    ({ data }) => data.messageId,
    (event) => event,
  );
  const delivered = new Set(ofType(events, 'message.delivered').map(({ data }) => data.messageId));
  const expected = new Set<string>();
  for (const run of ofType(events, 'backup.completed')) {
    for (const messageId of expectedMessages(run)) {
      expected.add(messageId);
      const [first, ...more] = decided.get(messageId) ?? [];
      const text = `${messageId}, of the run ${run.data.runId}`;
      if (!first) yield { what: 'message-missing', text };
      else if (first.id !== decisionId(messageDecided.type, messageId)) {
        yield { what: 'message-unfounded', text: `${text}: decided under another id, ${first.id}` };
      }
      if (more.length > 0) yield { what: 'message-doubled', text: `${text}: decided ${more.length + 1} times` };
      if (first && !delivered.has(messageId)) yield { what: 'message-undelivered', text };
    }
  }
  for (const messageId of new Set([...decided.keys(), ...delivered])) {
    if (!expected.has(messageId)) yield { what: 'message-unfounded', text: messageId };
  }
}

/** The views are what the archive folds to, from scratch. */
function* checkViews({ archive, views }: Found): Iterable<Violation> {
  for (const [table, expected] of foldedViews(archive)) {
    const rows = grouped(
      views.get(table) ?? [],
      ({ key }) => key,
      ({ row }) => row,
    );
    for (const [key, due] of expected) {
      const [first, ...more] = rows.get(key) ?? [];
      const name = `${table}: ${key}`;
      if (!first) yield { what: 'row-missing', text: name };
      else if (!isDeepStrictEqual(plain(first), plain(due))) {
        yield { what: 'row-otherwise', text: `${name}: ${JSON.stringify(first)}, due ${JSON.stringify(due)}` };
      }
      if (more.length > 0) yield { what: 'row-doubled', text: name };
    }
    for (const key of rows.keys()) if (!expected.has(key)) yield { what: 'row-unfounded', text: `${table}: ${key}` };
  }
}

function* checkRests({ outbox, parked }: Found): Iterable<Violation> {
  if (outbox > 0) yield { what: 'left-in-outbox', text: `${outbox} decisions` };
  if (parked > 0) yield { what: 'parked', text: `${parked} events` };
}

function identity({ source, id }: { readonly source: string; readonly id: string }): string {
  return `${source} ${id}`;
}

/** What happened on a server: neither a definition nor a decision. */
function isStatedFact({ type, source }: AnyEvent): boolean {
  return !source.startsWith(decisionSources) && !type.endsWith('.defined');
}

/** Whether an event is the one that was sent, but for what the log adds. */
function sameFact(sent: NewEvent, stored: AnyEvent): boolean {
  return Object.entries(sent).every(([name, value]) =>
    isDeepStrictEqual(plain(Reflect.get(stored, name)), plain(value)),
  );
}

/** As it is in JSON, so that what is absent and what is undefined are alike. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

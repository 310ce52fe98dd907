import { z } from 'zod';
import { dataSchemaUrn, versionOf } from '../event-log/event-types.js';
import type { Instant } from '../shared/instant.js';
import type { AlarmDecision } from './alarm-decision.js';
import { placeOf, placeOnServer, placesOfRule, subjectAt, type AlarmPlace } from './alarm-place.js';
import { quiet, instantSchema, storedAlarmStateSchema } from './alarm-state.js';
import type { AlarmId, AlarmState, EventId, StoredAlarmState } from './alarm-state.js';
import type { AnyConditionKind, ConditionSet } from './condition-set.js';
import { storedMap, withEntry, withoutEntry } from './conditions/stored-map.js';
import type { RuleBook } from './rule-book.js';
import { alarmCleared, alarmRaised } from './rules.events.js';

/** A decision that has not been read back from the log yet. */
export interface AwaitedDecision {
  readonly event: AlarmDecision;
  /** When it was last said. */
  readonly saidAt: Instant;
}

/** All that the rules remember of one server. What is in its ordinary state takes no room. Never changed in place. */
export interface ServerState {
  /** What was retired and not defined again: `server`, `checkup/<name>`, `job/<name>`. Late events of it count no more. */
  readonly retired: ReadonlySet<string>;
  /** What each kind of condition remembers; one that is absent remembers nothing yet. */
  readonly memories: ReadonlyMap<AnyConditionKind, unknown>;
  /** Where a rule has anything; a quiet place is absent. */
  readonly alarms: ReadonlyMap<AlarmPlace, StoredAlarmState>;
  /** By the decision's event id. */
  readonly awaited: ReadonlyMap<EventId, AwaitedDecision>;
}

export const freshServer: ServerState = {
  retired: new Set(),
  memories: new Map(),
  alarms: new Map(),
  awaited: new Map(),
};

/** More than these only come together when a replay judges otherwise than it was judged at the time. */
const mostAwaited = 200;

export function alarmStateAt(server: ServerState, place: AlarmPlace): AlarmState {
  return server.alarms.get(place) ?? quiet;
}

/** Where an alarm of a rule is open; null if it is not. */
export function raisedAt({ alarms }: ServerState, rule: string, alarmId: AlarmId): AlarmPlace | null {
  const place = placesOfRule(alarms, rule).find((candidate) => {
    const state = alarms.get(candidate);
    return state?.kind === 'raised' && state.alarmId === alarmId;
  });
  return place ?? null;
}

export function withAlarmState(server: ServerState, place: AlarmPlace, state: AlarmState): ServerState {
  if (state.kind !== 'quiet') return { ...server, alarms: withEntry(server.alarms, place, state) };
  const { memories, alarms } = server;
  return [...memories.keys()].reduce(
    (next, kind) => withMemory(next, kind, kind.memory.placeEnded?.(memoryOf(next, kind), place)),
    { ...server, alarms: withoutEntry(alarms, place) },
  );
}

export function memoryOf({ memories }: ServerState, kind: AnyConditionKind): unknown {
  return memories.has(kind) ? memories.get(kind) : kind.memory.fresh;
}

/** @param memory of the kind; without it, nothing changes */
export function withMemory(server: ServerState, kind: AnyConditionKind, memory: unknown): ServerState {
  if (memory === undefined || memory === memoryOf(server, kind)) return server;
  return { ...server, memories: new Map(server.memories).set(kind, memory) };
}

export function withAwaited(server: ServerState, event: AlarmDecision, saidAt: Instant): ServerState {
  const awaited = [...withEntry(server.awaited, event.id, { event, saidAt })];
  return { ...server, awaited: new Map(awaited.slice(-mostAwaited)) };
}

/** The rest are the memories of the conditions, under their names. */
const storedSchema = z.looseObject({
  retired: z.array(z.string()),
  alarms: storedMap(storedAlarmStateSchema),
  // Written by ourselves, and checked by the log whenever it is appended.
  awaited: storedMap(z.strictObject({ event: z.custom<AlarmDecision>(isObject), saidAt: instantSchema })),
});

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** What is kept in the table: plain JSON. The order of entries stays, so that what follows does not depend on a reload. */
export function encodeServer(server: ServerState, { inOrderOfMemories }: ConditionSet): object {
  const memories = inOrderOfMemories.map((kind): [string, unknown] => [
    kind.memory.name,
    kind.memory.encode(memoryOf(server, kind)),
  ]);
  return {
    retired: [...server.retired],
    ...Object.fromEntries(memories),
    alarms: [...server.alarms],
    awaited: [...server.awaited],
  };
}

/**
 * @param name of the server
 * @throws ZodError if it was not written by {@link encodeServer}
 */
export function decodeServer(stored: unknown, name: string, book: RuleBook): ServerState {
  const { retired, alarms, awaited, ...rest } = storedSchema.parse(stored);
  const memories = decodeMemories(rest, book.conditions);
  const at = (place: string) => (isPlace(place) ? place : placeBySubject(place, memories, name, book));
  return {
    retired: new Set(retired),
    memories: new Map([...memories].map(([kind, memory]) => [kind, kind.memory.atPlaces?.(memory, at) ?? memory])),
    alarms: new Map([...alarms].map(([place, state]) => [at(place), state])),
    awaited: new Map(
      [...awaited].map(([id, { event, saidAt }]) => [id, { event: withSubject(event, at(event.data.rule)), saidAt }]),
    ),
  };
}

type Memories = ServerState['memories'];

/** A state that was stored before a kind of condition was known has no memory of it. */
function decodeMemories(stored: Readonly<Record<string, unknown>>, { kinds, storedMemories }: ConditionSet): Memories {
  const found = new Map(Object.entries(storedMemories.parse(stored)));
  return new Map(
    kinds.flatMap((kind) => (found.has(kind.memory.name) ? [[kind, found.get(kind.memory.name)] as const] : [])),
  );
}

function isPlace(key: string): boolean {
  return key.includes('\n');
}

/**
 * Before alarms had subjects, a rule had one on a server, under its name alone. What it was about follows from the rule, or
 * from what its condition remembers; else it continues as the alarm of the whole server that it was.
 */
function placeBySubject(rule: string, memories: Memories, server: string, book: RuleBook): AlarmPlace {
  const known = book.get(rule);
  const former = [...memories].map(([kind, memory]) => kind.memory.formerSubject?.(memory, rule) ?? null);
  const subject = (known && book.conditions.subjectOf(known.when)) ?? former.find((found) => found !== null);
  return subject ? placeOf(rule, subject) : placeOnServer(rule, server);
}

/** An event that waits since before alarms had subjects lacks one. */
function withSubject(event: AlarmDecision, place: AlarmPlace): AlarmDecision {
  if (versionOf(event.dataschema) !== 1) return event;
  const subject = subjectAt(place);
  return event.type === 'alarm.raised'
    ? { ...event, dataschema: dataSchemaUrn(event.type, alarmRaised.version), data: { ...event.data, subject } }
    : { ...event, dataschema: dataSchemaUrn(event.type, alarmCleared.version), data: { ...event.data, subject } };
}

import { z } from 'zod';
import { dataSchemaUrn, versionOf } from '../event-log/event-types.js';
import { onlySubject, placeOf, placeOnServer, placesOfRule, subjectAt, type AlarmPlace } from './alarm-place.js';
import { quiet, instantSchema, storedAlarmStateSchema } from './alarm-state.js';
import type { AlarmId, AlarmState, EventId, StoredAlarmState } from './alarm-state.js';
import type { AlarmDecision } from './alarm-decision.js';
import { jobMemorySchema, type JobMemory } from './job-memory.js';
import type { LogTime } from '../shared/log-time.js';
import type { MatchingRuns } from './observe-protocol.js';
import type { RuleBook } from './rule-book.js';
import { alarmCleared, alarmRaised } from './rules.events.js';
import type { Instant } from '../shared/instant.js';

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
  readonly jobs: ReadonlyMap<string, JobMemory>;
  /** The result of each check-up that was judged last. */
  readonly judged: ReadonlyMap<string, LogTime>;
  /** Where a rule on protocol lines has an alarm. */
  readonly matching: ReadonlyMap<AlarmPlace, MatchingRuns>;
  /** Where a rule has anything; a quiet place is absent. */
  readonly alarms: ReadonlyMap<AlarmPlace, StoredAlarmState>;
  /** By the decision's event id. */
  readonly awaited: ReadonlyMap<EventId, AwaitedDecision>;
}

export const freshServer: ServerState = {
  retired: new Set(),
  jobs: new Map(),
  judged: new Map(),
  matching: new Map(),
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

/** The jobs at a place of which the newest run with a matching line is still the last word. */
export function matchingAt({ matching }: ServerState, place: AlarmPlace): MatchingRuns {
  return matching.get(place) ?? noRuns;
}

const noRuns: MatchingRuns = new Map();

export function withAlarmState(server: ServerState, place: AlarmPlace, state: AlarmState): ServerState {
  if (state.kind !== 'quiet') return { ...server, alarms: withEntry(server.alarms, place, state) };
  return {
    ...server,
    alarms: withoutEntry(server.alarms, place),
    matching: withoutEntry(server.matching, place),
  };
}

export function withAwaited(server: ServerState, event: AlarmDecision, saidAt: Instant): ServerState {
  const awaited = [...withEntry(server.awaited, event.id, { event, saidAt })];
  return { ...server, awaited: new Map(awaited.slice(-mostAwaited)) };
}

export function withEntry<Value>(
  map: ReadonlyMap<string, Value>,
  key: string,
  value: Value,
): ReadonlyMap<string, Value> {
  return new Map(map).set(key, value);
}

export function withoutEntry<Value>(map: ReadonlyMap<string, Value>, key: string): ReadonlyMap<string, Value> {
  if (!map.has(key)) return map;
  return new Map([...map].filter(([other]) => other !== key));
}

/** Entries, and not objects: `constructor` is a fine name for a rule, and objects have one of their own. */
const mapOf = <Value extends z.ZodType>(value: Value) => z.array(z.tuple([z.string(), value]));

const storedServerSchema = z.strictObject({
  retired: z.array(z.string()),
  jobs: mapOf(jobMemorySchema),
  judged: mapOf(z.strictObject({ at: instantSchema, recordedAt: instantSchema })).default([]),
  // By place; what an older version wrote, by rule.
  matching: mapOf(mapOf(z.string())),
  alarms: mapOf(storedAlarmStateSchema),
  // Written by ourselves, and checked by the log whenever it is appended.
  awaited: mapOf(z.strictObject({ event: z.custom<AlarmDecision>(isObject), saidAt: instantSchema })),
});

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** What is kept in the table: plain JSON. The order of entries stays, so that what follows does not depend on a reload. */
export function encodeServer(server: ServerState): z.infer<typeof storedServerSchema> {
  return {
    retired: [...server.retired],
    jobs: [...server.jobs],
    judged: [...server.judged],
    matching: [...server.matching].map(([place, runs]) => [place, [...runs]]),
    alarms: [...server.alarms],
    awaited: [...server.awaited],
  };
}

/**
 * @param name of the server
 * @throws ZodError if it was not written by {@link encodeServer}
 */
export function decodeServer(stored: unknown, name: string, book: RuleBook): ServerState {
  const { retired, jobs, judged, matching, alarms, awaited } = storedServerSchema.parse(stored);
  const runs = new Map(matching.map(([place, list]) => [place, new Map(list)]));
  const at = (place: string) => (isPlace(place) ? place : placeBySubject(place, runs.get(place), name, book));
  return {
    retired: new Set(retired),
    jobs: new Map(jobs),
    judged: new Map(judged),
    matching: new Map([...runs].map(([place, list]) => [at(place), list])),
    alarms: new Map(alarms.map(([place, state]) => [at(place), state])),
    awaited: new Map(
      awaited.map(([id, { event, saidAt }]) => [id, { event: withSubject(event, at(event.data.rule)), saidAt }]),
    ),
  };
}

function isPlace(key: string): boolean {
  return key.includes('\n');
}

/**
 * Before alarms had subjects, a rule had one on a server, under its name alone. What it was about follows from the rule, or
 * from the only job that had failed; else it goes on as the alarm of the whole server that it was.
 */
function placeBySubject(rule: string, runs: MatchingRuns | undefined, server: string, book: RuleBook): AlarmPlace {
  const known = book.get(rule);
  const subject = known ? onlySubject(known.when) : null;
  if (subject) return placeOf(rule, subject);
  const [job, ...others] = runs?.keys() ?? [];
  if (job === undefined || others.length > 0) return placeOnServer(rule, server);
  return placeOf(rule, { kind: 'job', name: job });
}

/** An event that waits since before alarms had subjects lacks one. */
function withSubject(event: AlarmDecision, place: AlarmPlace): AlarmDecision {
  if (versionOf(event.dataschema) !== 1) return event;
  const subject = subjectAt(place);
  return event.type === 'alarm.raised'
    ? { ...event, dataschema: dataSchemaUrn(event.type, alarmRaised.version), data: { ...event.data, subject } }
    : { ...event, dataschema: dataSchemaUrn(event.type, alarmCleared.version), data: { ...event.data, subject } };
}

import { z } from 'zod';
import { quiet, instantSchema, storedAlarmStateSchema } from './alarm-state.js';
import type { AlarmState, EventId, StoredAlarmState } from './alarm-state.js';
import type { AlarmDecision } from './alarm-decision.js';
import { jobMemorySchema, type JobMemory } from './observe-absence.js';
import type { MatchingRuns } from './observe-protocol.js';
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
  /** By rule on protocol lines. */
  readonly matching: ReadonlyMap<string, MatchingRuns>;
  /** By rule; a quiet one is absent. */
  readonly alarms: ReadonlyMap<string, StoredAlarmState>;
  /** By the decision's event id. */
  readonly awaited: ReadonlyMap<EventId, AwaitedDecision>;
}

export const freshServer: ServerState = {
  retired: new Set(),
  jobs: new Map(),
  matching: new Map(),
  alarms: new Map(),
  awaited: new Map(),
};

/** More than these only come together when a replay judges otherwise than it was judged at the time. */
const mostAwaited = 200;

export function alarmStateOf(server: ServerState, rule: string): AlarmState {
  return server.alarms.get(rule) ?? quiet;
}

export function withAlarmState(server: ServerState, rule: string, state: AlarmState): ServerState {
  if (state.kind !== 'quiet') return { ...server, alarms: withEntry(server.alarms, rule, state) };
  return {
    ...server,
    alarms: withoutEntry(server.alarms, rule),
    matching: withoutEntry(server.matching, rule),
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
    matching: [...server.matching].map(([rule, runs]) => [rule, [...runs]]),
    alarms: [...server.alarms],
    awaited: [...server.awaited],
  };
}

/** @throws ZodError if it was not written by {@link encodeServer} */
export function decodeServer(stored: unknown): ServerState {
  const { retired, jobs, matching, alarms, awaited } = storedServerSchema.parse(stored);
  return {
    retired: new Set(retired),
    jobs: new Map(jobs),
    matching: new Map(matching.map(([rule, runs]) => [rule, new Map(runs)])),
    alarms: new Map(alarms),
    awaited: new Map(awaited),
  };
}

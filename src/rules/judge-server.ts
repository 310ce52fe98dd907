import { isOneOf, type EventOf } from '../event-log/event-types.js';
import { serverRetired, serverDefined } from '../servers/servers.events.js';
import { checkupRetired, checkupDefined } from '../checkups/checkups.events.js';
import { backupJobDefined, backupJobRetired } from '../backups/backups.events.js';
import { fromIso, type Instant } from '../shared/instant.js';
import { effectiveTime } from '../shared/log-time.js';
import type { Scene } from './alarm-decision.js';
import { placeOf, ruleAt, subjectAt, type AlarmPlace } from './alarm-place.js';
import { quiet } from './alarm-state.js';
import type { AlarmSubject } from './alarm-subject.js';
import { allConditions, type AnyConditionKind, type ConditionSet } from './condition-set.js';
import type { ServerEvent, ServerEventDefinition } from './conditions/condition.js';
import { withoutEntry } from './conditions/stored-map.js';
import type { RuleBook } from './rule-book.js';
import { alarmRaised, alarmCleared } from './rules.events.js';
import { freshServer, memoryOf, raisedAt, withAlarmState, withMemory, type ServerState } from './server-state.js';
import { endAt, observed, unchanged, type Step } from './step.js';

const definitions = [serverDefined, checkupDefined, backupJobDefined] as const;
const retirements = [serverRetired, checkupRetired, backupJobRetired] as const;
const ownDecisions = [alarmRaised, alarmCleared] as const;
type Always = (typeof definitions | typeof retirements | typeof ownDecisions)[number];

export type ServerEventTypeFor<Heard extends ServerEventDefinition> = Always | Heard;

/** What concerns one server and may change how it is judged by conditions of these kinds. */
export function serverEventTypesFor<Heard extends ServerEventDefinition>({
  hears,
}: ConditionSet<Heard>): readonly ServerEventTypeFor<Heard>[] {
  const always: readonly Always[] = [...definitions, ...retirements, ...ownDecisions];
  return [...always, ...hears.filter(({ type }) => always.every((other) => other.type !== type))];
}

export const serverEventTypes = serverEventTypesFor(allConditions);

/** Brings a server's state up to date with one of its events, and says what follows. */
export function judgeServerEvent(before: ServerState, event: ServerEvent, book: RuleBook): Step {
  if (isOneOf(event, ownDecisions)) return unchanged(decisionRead(before, event, book));
  const server = clockRead(before, fromIso(event.recordedtime));
  if (isOneOf(event, retirements)) return hear(retire(server, event), event, book);
  if (isOneOf(event, definitions)) return hear(unchanged(revived(server, partOf(event))), event, book);
  return hear(unchanged(server), event, book);
}

function sceneOf(event: ServerEvent): Scene {
  const { site, server } = event.data;
  return { site, server, now: effectiveTime(event), cause: event.id };
}

/** Each event shows what our clock said when it was recorded: what is before it is not later. */
function clockRead(server: ServerState, now: Instant): ServerState {
  return [...server.memories.keys()].reduce(
    (next, kind) => withMemory(next, kind, kind.memory.clockRead?.(memoryOf(next, kind), now)),
    server,
  );
}

/** The job or check-up that an event is about; null if it is about the server as a whole. */
function subjectOf({ data: { job, checkup } }: ServerEvent): AlarmSubject | null {
  if (checkup !== undefined) return { kind: 'checkup', name: checkup };
  return job === undefined ? null : { kind: 'job', name: job };
}

/** What of a server can be retired: `server`, `checkup/<name>`, `job/<name>`. */
function partOf(event: ServerEvent): string {
  const subject = subjectOf(event);
  return subject ? `${subject.kind}/${subject.name}` : 'server';
}

function isRetired({ retired }: ServerState, part: string): boolean {
  return retired.has('server') || retired.has(part);
}

function revived(server: ServerState, part: string): ServerState {
  if (!server.retired.has(part)) return server;
  return { ...server, retired: new Set([...server.retired].filter((other) => other !== part)) };
}

/** Ends the alarms about what is watched no more. */
function retire(server: ServerState, event: EventOf<(typeof retirements)[number]>): Step {
  const scene = sceneOf(event);
  const subject = subjectOf(event);
  if (!subject) return retireServer(server, scene);
  const without = { ...server, retired: new Set([...server.retired, partOf(event)]) };
  return [...without.alarms.keys()]
    .filter((place) => place === placeOf(ruleAt(place), subject))
    .reduce((step, place) => endAt(step, scene, place, 'condition-ended'), unchanged(without));
}

function retireServer(server: ServerState, scene: Scene): Step {
  const ended = [...server.alarms.keys()].reduce(
    (step, place) => endAt(step, scene, place, 'server-retired'),
    unchanged(server),
  );
  const { awaited, memories } = ended.server;
  const kept = [...memories.keys()].reduce(
    (next, kind) => withMemory(next, kind, kind.memory.serverRetired?.(memoryOf(ended.server, kind))),
    freshServer,
  );
  return { ...ended, server: { ...kept, awaited, retired: new Set(['server']) } };
}

/**
 * Shows an event to the conditions that look at its type. What is not watched raises no alarm; where it has just been
 * retired, an alarm may end.
 */
function hear(before: Step, event: ServerEvent, book: RuleBook): Step {
  const scene = sceneOf(event);
  const isWatched = !isRetired(before.server, partOf(event));
  return book.conditions.hearing(event.type).reduce((step, kind) => {
    const { memory, shown } = kind.shows(event, {
      memory: memoryOf(step.server, kind),
      isWatched,
      rules: (key) => book.rulesOn(kind, key, scene),
      alarms: () => alarmsOf(step.server, kind, book),
    });
    const known = { ...step, server: withMemory(step.server, kind, memory) };
    if (isWatched) return observed(known, scene, kind, shown, book);
    const ends = isOneOf(event, retirements) ? shown.filter(({ finding }) => finding.shows === 'not-holding') : [];
    return observed(known, scene, kind, ends, book);
  }, before);
}

/** Where rules of a kind have an alarm, or wait for one. */
function alarmsOf({ alarms }: ServerState, kind: AnyConditionKind, book: RuleBook) {
  return [...alarms.keys()].flatMap((place) => {
    const rule = book.get(ruleAt(place));
    if (!rule || book.conditions.kindOf(rule.when) !== kind) return [];
    return [{ rule, subject: subjectAt(place) }];
  });
}

function decisionRead(
  server: ServerState,
  event: EventOf<typeof alarmRaised | typeof alarmCleared>,
  book: RuleBook,
): ServerState {
  return event.type === 'alarm.raised' ? raisedRead(server, event, book) : clearedRead(server, event);
}

/**
 * An alarm of ours, read back. One that was decided here is awaited. One that is not known was decided before this state
 * was lost, by the clock or by an older program: it stands raised.
 */
function raisedRead(server: ServerState, event: EventOf<typeof alarmRaised>, book: RuleBook): ServerState {
  const { rule, alarmId, since } = event.data;
  if (server.awaited.has(event.id)) return { ...server, awaited: withoutEntry(server.awaited, event.id) };
  if (raisedAt(server, rule, alarmId) !== null) return server;
  return withAlarmState(server, placeRead(event, book), {
    ...{ kind: 'raised', alarmId, since: fromIso(since) },
    raisedAt: fromIso(event.time),
  });
}

function placeRead({ data: { rule, subject } }: EventOf<typeof alarmRaised>, book: RuleBook): AlarmPlace {
  const known = subject.kind === 'server' ? book.get(rule) : undefined;
  return placeOf(rule, (known && book.conditions.subjectOf(known.when)) ?? subject);
}

function clearedRead(server: ServerState, event: EventOf<typeof alarmCleared>): ServerState {
  const { rule, alarmId } = event.data;
  const known = server.awaited.has(event.id) ? { ...server, awaited: withoutEntry(server.awaited, event.id) } : server;
  const place = raisedAt(known, rule, alarmId);
  return place === null ? known : withAlarmState(known, place, quiet);
}

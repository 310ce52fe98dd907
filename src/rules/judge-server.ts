import type { EventOfType } from '../all.events.js';
import { fromIso, type Instant } from '../shared/instant.js';
import type { Scene } from './alarm-decision.js';
import { quiet } from './alarm-state.js';
import { observeAbsence } from './observe-absence.js';
import { observeMetric } from './observe-metric.js';
import { observeLines, observeRunEnd, withoutJob } from './observe-protocol.js';
import { isAbsenceRule, isLineRule, isMetricRule, type RuleBook } from './rule-book.js';
import {
  alarmStateOf,
  freshServer,
  withAlarmState,
  withEntry,
  withoutEntry,
  type ServerState,
} from './server-state.js';
import { endRule, observe, unchanged, type Step } from './step.js';

/** What concerns one server and may change how it is judged. */
export const serverEventTypes = [
  'server.defined',
  'server.retired',
  'checkup.defined',
  'checkup.retired',
  'checkup.completed',
  'backup-job.defined',
  'backup-job.retired',
  'backup.logged',
  'backup.completed',
  'backup.accepted',
  'alarm.raised',
  'alarm.cleared',
] as const;
export type ServerEvent = EventOfType<(typeof serverEventTypes)[number]>;

/** Brings a server's state up to date with one of its events, and says what follows. */
export function judgeServerEvent(server: ServerState, event: ServerEvent, book: RuleBook): Step {
  switch (event.type) {
    case 'server.defined':
      return unchanged(revived(server, 'server'));
    case 'server.retired':
      return serverRetired(server, event);
    case 'checkup.defined':
      return unchanged(revived(server, `checkup/${event.data.checkup}`));
    case 'checkup.retired':
      return checkupRetired(server, event, book);
    case 'checkup.completed':
      return checkupCompleted(server, event, book);
    case 'backup-job.defined':
      return unchanged(jobDefined(server, event));
    case 'backup-job.retired':
      return jobRetired(server, event, book);
    case 'backup.logged':
      return linesLogged(server, event, book);
    case 'backup.completed':
      return runCompleted(server, event, book);
    case 'backup.accepted':
      return runAccepted(server, event, book);
    case 'alarm.raised':
      return unchanged(raisedRead(server, event));
    case 'alarm.cleared':
      return unchanged(clearedRead(server, event));
  }
}

function sceneOf({ id, time, data: { site, server } }: ServerEvent): Scene {
  return { site, server, now: fromIso(time), cause: id };
}

function isRetired({ retired }: ServerState, part: string): boolean {
  return retired.has('server') || retired.has(part);
}

function revived(server: ServerState, part: string): ServerState {
  if (!server.retired.has(part)) return server;
  return { ...server, retired: new Set([...server.retired].filter((other) => other !== part)) };
}

function serverRetired(server: ServerState, event: EventOfType<'server.retired'>): Step {
  const scene = sceneOf(event);
  const ended = [...server.alarms.keys()].reduce(
    (step, rule) => endRule(step, scene, rule, 'server-retired'),
    unchanged(server),
  );
  const { awaited } = ended.server;
  return { ...ended, server: { ...freshServer, awaited, retired: new Set(['server']) } };
}

function checkupRetired(server: ServerState, event: EventOfType<'checkup.retired'>, book: RuleBook): Step {
  const { checkup } = event.data;
  const scene = sceneOf(event);
  const retired = { ...server, retired: new Set([...server.retired, `checkup/${checkup}`]) };
  return activeRules(server, book)
    .filter((rule) => isMetricRule(rule) && rule.when.checkup === checkup)
    .reduce((step, rule) => endRule(step, scene, rule.name, 'condition-ended'), unchanged(retired));
}

function checkupCompleted(server: ServerState, event: EventOfType<'checkup.completed'>, book: RuleBook): Step {
  const { checkup, metrics } = event.data;
  if (isRetired(server, `checkup/${checkup}`)) return unchanged(server);
  const scene = sceneOf(event);
  return [...new Set(metrics.map(({ name }) => name))]
    .flatMap((metric) => book.onMetric(checkup, metric))
    .reduce((step, rule) => observe(step, scene, rule, observeMetric(rule.when, event)), unchanged(server));
}

function jobDefined(server: ServerState, event: EventOfType<'backup-job.defined'>): ServerState {
  const { job } = event.data;
  const known = revived(server, `job/${job}`);
  if (known.jobs.has(job)) return known;
  const defined = { at: fromIso(event.time), eventId: event.id };
  return { ...known, jobs: withEntry(known.jobs, job, { defined, lastSuccess: null }) };
}

function jobRetired(server: ServerState, event: EventOfType<'backup-job.retired'>, book: RuleBook): Step {
  const { job } = event.data;
  const scene = sceneOf(event);
  const retired = {
    ...server,
    retired: new Set([...server.retired, `job/${job}`]),
    jobs: withoutEntry(server.jobs, job),
  };
  return activeRules(server, book).reduce((step, rule) => {
    if (isAbsenceRule(rule) && rule.when.noSuccessOf === job) {
      return endRule(step, scene, rule.name, 'condition-ended');
    }
    const matching = step.server.matching.get(rule.name);
    if (!isLineRule(rule) || !matching?.has(job)) return step;
    const left = withoutJob(matching, job);
    return observe(withMatching(step, rule.name, left.matching), scene, rule, left.observation);
  }, unchanged(retired));
}

function linesLogged(server: ServerState, event: EventOfType<'backup.logged'>, book: RuleBook): Step {
  const { job, runId } = event.data;
  if (isRetired(server, `job/${job}`)) return unchanged(server);
  const scene = sceneOf(event);
  return book.onLinesOf(job).reduce((step, rule) => {
    const matching = step.server.matching.get(rule.name) ?? new Map<string, string>();
    // What the rest of a run says changes nothing once one of its lines has matched.
    if (matching.get(job) === runId) return step;
    const observation = observeLines(rule.when, event);
    if (observation.shows !== 'holding') return step;
    return observe(withMatching(step, rule.name, withEntry(matching, job, runId)), scene, rule, observation);
  }, unchanged(server));
}

function runCompleted(server: ServerState, event: EventOfType<'backup.completed'>, book: RuleBook): Step {
  const { job, outcome } = event.data;
  if (isRetired(server, `job/${job}`)) return unchanged(server);
  const scene = sceneOf(event);
  const afterLines = activeRules(server, book).reduce((step, rule) => {
    if (!isLineRule(rule) || (rule.when.job !== undefined && rule.when.job !== job)) return step;
    const left = observeRunEnd(step.server.matching.get(rule.name) ?? new Map<string, string>(), event);
    return observe(withMatching(step, rule.name, left.matching), scene, rule, left.observation);
  }, unchanged(server));
  return outcome === 'succeeded' ? jobSucceeded(afterLines, event, scene.now, book) : afterLines;
}

/** A suspicious run that a person accepts is a success, as old as its data is. */
function runAccepted(server: ServerState, event: EventOfType<'backup.accepted'>, book: RuleBook): Step {
  if (isRetired(server, `job/${event.data.job}`)) return unchanged(server);
  const at = Math.min(fromIso(event.data.completedAt), fromIso(event.time));
  return jobSucceeded(unchanged(server), event, at, book);
}

function jobSucceeded(
  step: Step,
  event: EventOfType<'backup.completed' | 'backup.accepted'>,
  at: Instant,
  book: RuleBook,
): Step {
  const { job } = event.data;
  const scene = sceneOf(event);
  const memory = step.server.jobs.get(job);
  if (!memory || (memory.lastSuccess && memory.lastSuccess.at >= at)) return step;
  const succeeded = { ...memory, lastSuccess: { at, eventId: event.id } };
  const server = { ...step.server, jobs: withEntry(step.server.jobs, job, succeeded) };
  return book
    .onAbsenceOf(job)
    .reduce((next, rule) => observe(next, scene, rule, observeAbsence(rule.when, succeeded, scene.now)), {
      ...step,
      server,
    });
}

/**
 * An alarm of ours, read back. One that was decided here is awaited. One that is not known was decided before this state
 * was lost, by the clock or by an older program: it stands raised.
 */
function raisedRead(server: ServerState, event: EventOfType<'alarm.raised'>): ServerState {
  const { rule, alarmId, since } = event.data;
  if (server.awaited.has(event.id)) return { ...server, awaited: withoutEntry(server.awaited, event.id) };
  const state = alarmStateOf(server, rule);
  if (state.kind === 'raised' && state.alarmId === alarmId) return server;
  return withAlarmState(server, rule, { kind: 'raised', alarmId, since: fromIso(since) });
}

function clearedRead(server: ServerState, event: EventOfType<'alarm.cleared'>): ServerState {
  const { rule, alarmId } = event.data;
  const known = server.awaited.has(event.id) ? { ...server, awaited: withoutEntry(server.awaited, event.id) } : server;
  const state = alarmStateOf(known, rule);
  return state.kind === 'raised' && state.alarmId === alarmId ? withAlarmState(known, rule, quiet) : known;
}

/** The rules that have anything to do with this server just now: an alarm, or a condition that holds. */
function activeRules(server: ServerState, book: RuleBook) {
  return [...server.alarms.keys()].flatMap((name) => book.get(name) ?? []);
}

function withMatching(step: Step, rule: string, runs: ReadonlyMap<string, string>): Step {
  const matching =
    runs.size === 0 ? withoutEntry(step.server.matching, rule) : withEntry(step.server.matching, rule, runs);
  return { ...step, server: { ...step.server, matching } };
}

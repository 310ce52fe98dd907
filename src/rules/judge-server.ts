import type { EventOf } from '../event-log/event-types.js';
import { serverRetired, serverDefined } from '../servers/servers.events.js';
import { checkupRetired, checkupCompleted, checkupDefined } from '../checkups/checkups.events.js';
import {
  backupJobDefined,
  backupJobRetired,
  backupLogged,
  backupCompleted,
  backupAccepted,
} from '../backups/backups.events.js';
import { fromIso, type Instant } from '../shared/instant.js';
import { effectiveTime, isAhead, isHistory, logTime } from '../shared/log-time.js';
import type { Scene } from './alarm-decision.js';
import { quiet } from './alarm-state.js';
import { knownAt, newJob, withSuccess } from './job-memory.js';
import { observeAbsence } from './observe-absence.js';
import { observeMetric } from './observe-metric.js';
import { observeLines, observeRunEnd, withoutJob, type MatchingRuns } from './observe-protocol.js';
import { onlySubject, placeOf, placeOnServer, ruleAt, subjectAt, type AlarmPlace } from './alarm-place.js';
import { isLineRule, type Rule, type RuleBook } from './rule-book.js';
import { type AlarmSubject, alarmRaised, alarmCleared } from './rules.events.js';
import {
  freshServer,
  matchingAt,
  raisedAt,
  withAlarmState,
  withEntry,
  withoutEntry,
  type ServerState,
} from './server-state.js';
import { endAt, observe, unchanged, type Step } from './step.js';

/** What concerns one server and may change how it is judged. */
export const serverEventTypes = [
  serverDefined,
  serverRetired,
  checkupDefined,
  checkupRetired,
  checkupCompleted,
  backupJobDefined,
  backupJobRetired,
  backupLogged,
  backupCompleted,
  backupAccepted,
  alarmRaised,
  alarmCleared,
] as const;
export type ServerEvent = EventOf<(typeof serverEventTypes)[number]>;

/** Brings a server's state up to date with one of its events, and says what follows. */
export function judgeServerEvent(before: ServerState, event: ServerEvent, book: RuleBook): Step {
  const server = isOwnDecision(event) ? before : clockRead(before, fromIso(event.recordedtime));
  switch (event.type) {
    case 'server.defined':
      return unchanged(revived(server, 'server'));
    case 'server.retired':
      return retireServer(server, event);
    case 'checkup.defined':
      return unchanged(revived(server, `checkup/${event.data.checkup}`));
    case 'checkup.retired':
      return retireCheckup(server, event);
    case 'checkup.completed':
      return judgeResult(server, event, book);
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
      return unchanged(raisedRead(server, event, book));
    case 'alarm.cleared':
      return unchanged(clearedRead(server, event));
  }
}

function sceneOf(event: ServerEvent): Scene {
  const { site, server } = event.data;
  return { site, server, now: effectiveTime(event), cause: event.id };
}

function isOwnDecision({ type }: ServerEvent): boolean {
  return type === 'alarm.raised' || type === 'alarm.cleared';
}

/** Each event shows what our clock said when it was recorded: what lies before it is not later. */
function clockRead(server: ServerState, now: Instant): ServerState {
  const jobs = [...server.jobs].map(([name, job]) => [name, knownAt(job, now)] as const);
  if (jobs.every(([name, job]) => server.jobs.get(name) === job)) return server;
  return { ...server, jobs: new Map(jobs) };
}

function isRetired({ retired }: ServerState, part: string): boolean {
  return retired.has('server') || retired.has(part);
}

function revived(server: ServerState, part: string): ServerState {
  if (!server.retired.has(part)) return server;
  return { ...server, retired: new Set([...server.retired].filter((other) => other !== part)) };
}

function retireServer(server: ServerState, event: EventOf<typeof serverRetired>): Step {
  const scene = sceneOf(event);
  const ended = [...server.alarms.keys()].reduce(
    (step, place) => endAt(step, scene, place, 'server-retired'),
    unchanged(server),
  );
  const { awaited, judged } = ended.server;
  return { ...ended, server: { ...freshServer, awaited, judged, retired: new Set(['server']) } };
}

function retireCheckup(server: ServerState, event: EventOf<typeof checkupRetired>): Step {
  const { checkup } = event.data;
  const scene = sceneOf(event);
  const retired = {
    ...server,
    retired: new Set([...server.retired, `checkup/${checkup}`]),
    judged: withoutEntry(server.judged, checkup),
  };
  return endAbout(unchanged(retired), scene, { kind: 'checkup', name: checkup });
}

/** A result that comes late, older than the one judged last, is history: it changes no alarm, as it changes no status. */
function judgeResult(before: ServerState, event: EventOf<typeof checkupCompleted>, book: RuleBook): Step {
  const { checkup, metrics } = event.data;
  const seen = logTime(event);
  if (isHistory(seen, before.judged.get(checkup) ?? null)) return unchanged(before);
  const server = { ...before, judged: withEntry(before.judged, checkup, seen) };
  if (isRetired(server, `checkup/${checkup}`)) return unchanged(server);
  const scene = sceneOf(event);
  return [...new Set(metrics.map(({ name }) => name))]
    .flatMap((metric) => book.onMetric(checkup, metric))
    .reduce((step, rule) => {
      const place = placeOf(rule.name, { kind: 'checkup', name: checkup });
      return observe(step, scene, rule, place, observeMetric(rule.when, event));
    }, unchanged(server));
}

function jobDefined(server: ServerState, event: EventOf<typeof backupJobDefined>): ServerState {
  const { job } = event.data;
  const known = revived(server, `job/${job}`);
  if (known.jobs.has(job)) return known;
  const defined = { at: effectiveTime(event), eventId: event.id };
  return { ...known, jobs: withEntry(known.jobs, job, newJob(defined)) };
}

function jobRetired(server: ServerState, event: EventOf<typeof backupJobRetired>, book: RuleBook): Step {
  const { job } = event.data;
  const scene = sceneOf(event);
  const retired = {
    ...server,
    retired: new Set([...server.retired, `job/${job}`]),
    jobs: withoutEntry(server.jobs, job),
  };
  const ended = endAbout(unchanged(retired), scene, { kind: 'job', name: job });
  return linePlaces(ended.server, job, book).reduce((step, { rule, place }) => {
    const matching = matchingAt(step.server, place);
    if (!matching.has(job)) return step;
    const left = withoutJob(matching, job);
    return observe(withMatching(step, place, left.matching), scene, rule, place, left.observation);
  }, ended);
}

/** Ends all alarms about a job or check-up that is watched no more. */
function endAbout(from: Step, scene: Scene, subject: AlarmSubject): Step {
  return [...from.server.alarms.keys()]
    .filter((place) => place === placeOf(ruleAt(place), subject))
    .reduce((step, place) => endAt(step, scene, place, 'condition-ended'), from);
}

function linesLogged(server: ServerState, event: EventOf<typeof backupLogged>, book: RuleBook): Step {
  const { job, runId } = event.data;
  if (isRetired(server, `job/${job}`)) return unchanged(server);
  const scene = sceneOf(event);
  return book.onLinesOf(job).reduce((step, rule) => {
    const place = linePlace(step.server, scene, rule, job);
    const matching = matchingAt(step.server, place);
    // What the rest of a run says changes nothing once one of its lines has matched.
    if (matching.get(job) === runId) return step;
    const observation = observeLines(rule.when, event);
    if (observation.shows !== 'holding') return step;
    return observe(withMatching(step, place, withEntry(matching, job, runId)), scene, rule, place, observation);
  }, unchanged(server));
}

function runCompleted(server: ServerState, event: EventOf<typeof backupCompleted>, book: RuleBook): Step {
  const { job, outcome } = event.data;
  if (isRetired(server, `job/${job}`)) return unchanged(server);
  const scene = sceneOf(event);
  const afterLines = linePlaces(server, job, book).reduce((step, { rule, place }) => {
    const left = observeRunEnd(matchingAt(step.server, place), event);
    return observe(withMatching(step, place, left.matching), scene, rule, place, left.observation);
  }, unchanged(server));
  return outcome === 'succeeded' ? jobSucceeded(afterLines, event, scene.now, book) : afterLines;
}

/** A suspicious run that a person accepts is a success, as old as its data is. */
function runAccepted(server: ServerState, event: EventOf<typeof backupAccepted>, book: RuleBook): Step {
  if (isRetired(server, `job/${event.data.job}`)) return unchanged(server);
  const at = effectiveTime({ time: event.data.completedAt, recordedtime: event.recordedtime });
  return jobSucceeded(unchanged(server), event, at, book);
}

/** Whether a success became known long after it happened. */
function isLate(event: EventOf<typeof backupCompleted | typeof backupAccepted>): boolean {
  return event.type === 'backup.accepted' || isAhead(fromIso(event.recordedtime), fromIso(event.time));
}

function jobSucceeded(
  step: Step,
  event: EventOf<typeof backupCompleted | typeof backupAccepted>,
  at: Instant,
  book: RuleBook,
): Step {
  const { job } = event.data;
  const scene = sceneOf(event);
  const memory = step.server.jobs.get(job);
  const isOfThePast = event.type === 'backup.accepted' || isLate(event);
  if (!memory || (memory.lastSuccess && isOfThePast && at <= memory.lastSuccess.at)) return step;
  const recordedAt = fromIso(event.recordedtime);
  const succeeded = withSuccess(memory, { at, eventId: event.id });
  const server = { ...step.server, jobs: withEntry(step.server.jobs, job, succeeded) };
  return book.onAbsenceOf(job).reduce(
    (next, rule) => {
      const place = placeOf(rule.name, { kind: 'job', name: job });
      const observation = observeAbsence(rule.when, succeeded, recordedAt);
      // A success that is told so late that it is too old already ends nothing.
      return observation.shows === 'holding' ? next : observe(next, scene, rule, place, observation);
    },
    { ...step, server },
  );
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
  return placeOf(rule, (known && onlySubject(known.when)) ?? subject);
}

function clearedRead(server: ServerState, event: EventOf<typeof alarmCleared>): ServerState {
  const { rule, alarmId } = event.data;
  const known = server.awaited.has(event.id) ? { ...server, awaited: withoutEntry(server.awaited, event.id) } : server;
  const place = raisedAt(known, rule, alarmId);
  return place === null ? known : withAlarmState(known, place, quiet);
}

/**
 * Where a line of a job is judged: for the job alone. An alarm of a rule on every job that is open from before alarms had
 * subjects speaks for the jobs that had failed by then; one that fails now has an alarm of its own.
 */
function linePlace(server: ServerState, scene: Scene, rule: Rule, job: string): AlarmPlace {
  const shared = placeOnServer(rule.name, scene.server);
  return matchingAt(server, shared).has(job) ? shared : placeOf(rule.name, { kind: 'job', name: job });
}

/** Where alarms on protocol lines are open that this job may end: its own, and those about the whole server. */
function linePlaces(server: ServerState, job: string, book: RuleBook) {
  return [...server.alarms.keys()].flatMap((place) => {
    const rule = book.get(ruleAt(place));
    if (!rule || !isLineRule(rule) || (rule.when.job ?? job) !== job) return [];
    const { kind, name } = subjectAt(place);
    return kind === 'server' || (kind === 'job' && name === job) ? [{ rule, place }] : [];
  });
}

function withMatching(step: Step, place: AlarmPlace, runs: MatchingRuns): Step {
  const matching =
    runs.size === 0 ? withoutEntry(step.server.matching, place) : withEntry(step.server.matching, place, runs);
  return { ...step, server: { ...step.server, matching } };
}

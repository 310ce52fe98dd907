import type { ConfigurationProblem } from '../definitions/checking/problem.js';
import type { Alarm, Checkup, Job, Server, System } from './answers.js';
import { distanceText, momentText, plain } from './format.js';
import { jumpText as clockText } from '../clock/clock-jump.js';
import { shortestServerText } from '../shared/address.js';
import { countText } from '../shared/quantity.js';
import { jobStatusText, jobText } from './job-text.js';
import { statusText, type Paint } from './style.js';
import { tableLines } from './table.js';

export interface Findings {
  readonly servers: readonly Server[];
  readonly checkups: readonly Checkup[];
  readonly jobs: readonly Job[];
  /** Those not cleared. */
  readonly alarms: readonly Alarm[];
  /** Of the configuration file as it was last read. */
  readonly problems: readonly ConfigurationProblem[];
  /** How the process that answers gets on. */
  readonly system: System;
}

export interface Reading {
  readonly now: number;
  readonly timeZone: string;
  readonly paint: Paint;
}

/** The ward round, bed by bed: each server with its check-ups, jobs and open alarms. */
export function statusReport(findings: Findings, reading: Reading): readonly string[] {
  const servers = findings.servers.flatMap((server, index) => [
    ...(index === 0 ? [] : ['']),
    ...serverLines(server, findings, reading),
  ]);
  const nothing = ['No server is defined. Add one to the configuration and run `wardround apply`.'];
  return [
    ...(servers.length === 0 ? nothing : servers),
    ...problemLines(findings, reading),
    ...systemLines(findings.system, reading),
    ...deliveryLines(findings.system, reading),
    ...pluginLines(findings.system, reading),
    ...clockLines(findings.system, reading),
    ...logLines(findings.system, reading),
    '',
    verdict(findings, reading),
  ];
}

/** Whether nothing at all is wrong or unknown. */
export function allIsWell({ servers, jobs, alarms, problems, system }: Findings): boolean {
  return (
    servers.length > 0 &&
    servers.every(({ status }) => status === 'ok') &&
    jobs.every((job) => job.status === 'ok') &&
    alarms.length === 0 &&
    problems.length === 0 &&
    troublesOf(system).length === 0 &&
    deliveryTroubles(system).length === 0 &&
    (system.clockJumps ?? []).length === 0
  );
}

function serverLines(server: Server, findings: Findings, reading: Reading): readonly string[] {
  const here = (thing: { readonly site: string; readonly server: string }) =>
    thing.site === server.site && thing.server === server.name;
  const { paint } = reading;
  return [
    `${paint('bold', plain(server.title))} (${calledOf(server, findings)})  ${statusText(server.status, paint)}`,
    ...section('Check-ups', tableLines(findings.checkups.filter(here).map((one) => checkupCells(one, reading)))),
    ...section('Backup jobs', tableLines(findings.jobs.filter(here).map((one) => jobCells(one, reading)))),
    ...section(
      'Open alarms',
      findings.alarms.filter(here).flatMap((one) => alarmLines(one, reading)),
    ),
  ];
}

/** `reception`, or `north/reception` where another site has one of that name. */
function calledOf({ site, name: server }: Server, { servers }: Findings): string {
  const all = servers.map((one) => ({ site: one.site, server: one.name }));
  return shortestServerText({ site, server }, all);
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`  ${title}`, ...lines.map((line) => `    ${line}`)];
}

function checkupCells(checkup: Checkup, { now, paint }: Reading): readonly string[] {
  const { newest } = checkup;
  const seen = newest === null ? 'no result yet' : distanceText(newest.time, now);
  const summary = newest === null ? '' : plain(newest.summary);
  const late = { overdue: `${seen}, overdue`, 'clock-wrong': 'at an unknown time: the clock was wrong' }[
    checkup.because
  ];
  return [statusText(checkup.status, paint), plain(checkup.title), summary, paint('dim', late ?? seen)];
}

function jobCells(job: Job, reading: Reading): readonly string[] {
  const { now, timeZone, paint } = reading;
  const next =
    job.nextPlanned === null
      ? 'on demand'
      : `next ${momentText(job.nextPlanned, timeZone)} (${distanceText(job.nextPlanned, now)})`;
  return [jobStatusText(job, paint), job.name, jobText(job, now), paint('dim', next)];
}

function alarmLines(alarm: Alarm, { now, paint }: Reading): readonly string[] {
  const seen =
    alarm.acknowledgedAt === null ? 'not acknowledged' : `acknowledged by ${plain(alarm.acknowledgedBy ?? 'someone')}`;
  return [
    `${statusText(alarm.severity, paint)}  ${plain(alarm.title)}: ${plain(alarm.summary)}`,
    paint('dim', `  since ${distanceText(alarm.since, now).replace(/ ago$/, '')}, ${seen}`),
    ...(alarm.advice === '' ? [] : [`  ${plain(alarm.advice)}`]),
  ];
}

function problemLines({ problems }: Findings, { paint }: Reading): readonly string[] {
  if (problems.length === 0) return [];
  const count = countText(problems.length, 'problem');
  return [
    '',
    paint(
      'yellow',
      `! The configuration file has ${count} and was not applied: run wardround apply --dry-run to see them.`,
    ),
  ];
}

function systemLines(system: System, { paint }: Reading): readonly string[] {
  const troubles = troublesOf(system);
  return troubles.length === 0 ? [] : ['', ...troubles.map((trouble) => paint('yellow', `! ${trouble}`))];
}

/** What is wrong with Wardround itself, a sentence each. */
function troublesOf({ parts, consumers }: System): readonly string[] {
  const parked = consumers.reduce((sum, consumer) => sum + consumer.parked, 0);
  const verb = parked === 1 ? 'is' : 'are';
  return [
    ...parts.flatMap(({ name, trouble }) => (trouble === null ? [] : [`${plain(name)}: ${plain(trouble)}`])),
    ...consumers.flatMap(({ name, state, lag, lastError }) => {
      if (state === 'failing') return [`${plain(name)}: failing repeatedly: ${plain(lastError ?? '')}`];
      if (state !== 'stuck') return [];
      return [`${plain(name)}: ${countText(lag, 'event')} waiting, no progress for a minute`];
    }),
    ...(parked === 0 ? [] : [`${countText(parked, 'event')} ${verb} parked: see wardround parked list`]),
  ];
}

function deliveryLines(system: System, { paint }: Reading): readonly string[] {
  const troubles = deliveryTroubles(system);
  return troubles.length === 0 ? [] : ['', ...troubles.map((trouble) => paint('yellow', `! ${trouble}`))];
}

/** Plugins in the configuration are among its problems too; the others may not be needed. */
function pluginLines({ pluginProblems }: System, { paint }: Reading): readonly string[] {
  if (pluginProblems.length === 0) return [];
  return ['', ...pluginProblems.map(({ message }) => paint('yellow', `! ${plain(message)}`))];
}

function clockLines({ clockJumps }: System, { paint }: Reading): readonly string[] {
  const lines = (clockJumps ?? []).map((jump) => paint('yellow', `! ${plain(jump.computer)}: ${clockText(jump)}`));
  if (lines.length === 0) return [];
  return ['', ...lines, '  No old backup is removed. Check the date and time, then run `wardround clock confirm`.'];
}

function logLines({ log }: System, { paint }: Reading): readonly string[] {
  return log === null ? [] : ['', paint('dim', `Event log ${plain(log.id)}, epoch ${plain(log.epoch)}`)];
}

/** Who could not be told, a sentence each. */
function deliveryTroubles({ undelivered, withoutMailServer }: System): readonly string[] {
  return [
    ...(undelivered ?? []).map(({ group, channel, to, error, messages, gaveUp }) => {
      const who = `${plain(group)}: ${countText(messages, 'message')} by ${plain(channel)}`;
      const whom = to.length === 0 ? '' : ` to ${plain(to.join(', '))}`;
      const fate = gaveUp ? 'could not be delivered' : 'not delivered yet';
      return `${who}${whom} ${fate}: ${plain(error ?? 'not tried yet')}`;
    }),
    ...(withoutMailServer ?? []).map(
      (group) => `${plain(group)} wants e-mail, but no mail server is configured: add smtp to the configuration`,
    ),
  ];
}

function verdict(findings: Findings, { paint }: Reading): string {
  if (allIsWell(findings)) return paint('green', 'All is well.');
  const { alarms, servers } = findings;
  if (alarms.length > 0) return paint('red', `${countText(alarms.length, 'open alarm')}.`);
  if (troublesOf(findings.system).length > 0) return paint('yellow', 'Wardround has problems.');
  if (deliveryTroubles(findings.system).length > 0) return paint('yellow', 'Some messages could not be delivered.');
  if ((findings.system.clockJumps ?? []).length > 0) return paint('yellow', 'The clock jumped.');
  const unsure = servers.some(({ status }) => status === 'unknown') || servers.length === 0;
  return paint('yellow', unsure ? 'Some statuses are unknown.' : 'There are problems.');
}

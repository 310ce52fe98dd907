import type { JobState } from '../backups/job-freshness.js';
import type { JobRows, Ward } from '../ward/ward.js';
import type { AlarmRow } from '../rules/views/alarms/alarms.entity.js';
import type { ServerAddress } from '../shared/address.js';
import { serverTitles, titlesApart, type ServerTitles } from './titles.js';
import type { RunRow } from '../backups/views/runs/runs.entity.js';

/** The board's colour. It never is alone: a shape and words go with each. */
export type BoardColour = 'red' | 'amber' | 'green' | 'unknown';

/** What is wrong, or not known, worst first: with the board's colour while it is the worst. The board prints it. */
const colours = {
  'critical-alarm': 'red',
  'critical-acknowledged': 'amber',
  'backup-failed': 'amber',
  'backup-overdue': 'amber',
  'backup-never-succeeded': 'amber',
  'backup-running-too-long': 'amber',
  'backup-suspicious': 'amber',
  'warning-alarm': 'amber',
  'message-not-delivered': 'amber',
  'mail-not-set-up': 'amber',
  'clock-jumped': 'amber',
  'checkup-not-ok': 'amber',
  'checkup-unknown': 'unknown',
  'clock-wrong': 'unknown',
  'backup-waiting': 'unknown',
  'nothing-watched': 'unknown',
} as const satisfies Readonly<Record<string, BoardColour>>;
type Finding = keyof typeof colours;

/** `unreadable`: the views could not be read; a page that says what failed has this. */
export type OverallReason = Finding | 'all-fine' | 'unreadable';

export interface Overall {
  readonly board: BoardColour;
  readonly because: OverallReason;
  /** How many alarms, backups or check-ups that is; 0 where there is nothing to count. */
  readonly number: number;
  /** What they are called. */
  readonly about: readonly string[];
  readonly checkups: { readonly fine: number; readonly all: number };
  readonly jobs: { readonly good: number; readonly all: number };
  /** The newest run that succeeded, of any job. */
  readonly lastGood: RunRow | null;
}

/** A critical alarm that no one has acknowledged: it turns the board red and sounds. */
export function callsForSomeone(alarm: AlarmRow): boolean {
  return alarm.severity === 'critical' && alarm.acknowledgedAt === null;
}

/** Whether there is a good backup of a job that is as new as it should be. */
export function isGood({ now }: JobRows): boolean {
  return now.because === 'last-run-good';
}

/**
 * The state of everything that is watched, in one colour with its reason. Green means that every server's condition is
 * ok, no alarm is open, and every message reached its group. Pure.
 * @param titleOf what people call a thing that is defined
 */
export function overall(ward: Ward, titleOf: TitleOf): Overall {
  const found = findings(ward, titleOf);
  const because = reasons.find((reason) => found[reason].length > 0);
  const checkups = ward.servers.flatMap((server) => server.checkups);
  const jobs = ward.servers.flatMap((server) => server.jobs);
  return {
    board: because ? colours[because] : 'green',
    because: because ?? 'all-fine',
    number: because ? found[because].length : 0,
    about: because ? found[because] : [],
    checkups: { fine: checkups.filter(({ now }) => now.status === 'ok').length, all: checkups.length },
    jobs: { good: jobs.filter(isGood).length, all: jobs.length },
    lastGood: lastGoodOf(jobs.filter(({ now }) => now.state !== 'clock-wrong')) ?? lastGoodOf(jobs),
  };
}

export type TitleOf = (thing: { readonly name: string; readonly title?: string | null | undefined }) => string;

const reasons = Object.keys(colours) as readonly Finding[];

/** By reason, what people call the things that it holds for. */
function findings(
  { servers, alarms, delivery, clockJumps }: Ward,
  titleOf: TitleOf,
): Readonly<Record<Finding, readonly string[]>> {
  const jobs = servers.flatMap((server) => server.jobs);
  const checkups = servers.flatMap(({ site, server, checkups: some }) =>
    some.map((checkup) => ({ ...checkup, site, server })),
  );
  const serverTitle = serverTitles(servers.map((one) => ({ ...one, title: titleOf({ ...one, name: one.server }) })));
  const titlesOf = (some: readonly (ServerAddress & { readonly definition: Parameters<TitleOf>[0] })[]) =>
    titlesApart(
      some.map(({ site, server, definition }) => ({ site, server, title: titleOf(definition) })),
      serverTitle,
    );
  const jobsWith = (state: JobState) => titlesOf(jobs.filter(({ now }) => now.state === state));
  const checkupsWith = (...statuses: readonly string[]) =>
    titlesOf(checkups.filter(({ now }) => statuses.includes(now.status)));
  const titles = (some: readonly AlarmRow[]) => titlesApart(some, serverTitle);
  return {
    'critical-alarm': titles(alarms.filter(callsForSomeone)),
    'critical-acknowledged': titles(alarms.filter(({ severity }) => severity === 'critical')),
    'backup-failed': jobsWith('failed'),
    'backup-overdue': jobsWith('overdue'),
    'backup-never-succeeded': jobsWith('never-succeeded'),
    'backup-running-too-long': jobsWith('running-too-long'),
    'backup-suspicious': jobsWith('suspicious'),
    'warning-alarm': titles(alarms),
    'message-not-delivered': delivery.undelivered.map(
      ({ group, channel }) => `${titleOf({ name: group })} (${channel})`,
    ),
    'mail-not-set-up': delivery.withoutMailServer,
    'clock-jumped': [...new Set(clockJumps.map(({ computer }) => computer))],
    'checkup-not-ok': checkupsWith('warning', 'critical'),
    'checkup-unknown': checkupsWith('unknown'),
    'clock-wrong': jobsWith('clock-wrong'),
    'backup-waiting': jobsWith('waiting'),
    'nothing-watched': unwatched(servers, serverTitle),
  };
}

/** Servers of which nothing is known; where none is defined at all, that is one. */
function unwatched(servers: Ward['servers'], serverTitle: ServerTitles): readonly string[] {
  if (servers.length === 0) return [''];
  return servers
    .filter(({ condition }) => condition.because === 'nothing-watched')
    .map(({ site, server }) => serverTitle(site, server));
}

/** Jobs of different servers have no order in the log among each other: the stated times decide. */
function lastGoodOf(jobs: readonly JobRows[]): RunRow | null {
  const runs = jobs.flatMap(({ lastSuccess }) => (lastSuccess ? [lastSuccess] : []));
  const timeOf = (run: RunRow): string => run.completedAt ?? run.startedAt;
  return runs.reduce<RunRow | null>((best, run) => (best && timeOf(best) >= timeOf(run) ? best : run), null);
}

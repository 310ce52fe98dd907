import type { AlarmRow } from '../views/alarms/alarms.entity.js';
import type { RunRow } from '../views/runs/runs.entity.js';
import type { JobRows, OverallRows } from './rows.js';

/** The board's colour. It never stands alone: a shape and words go with each. */
export type BoardColour = 'red' | 'amber' | 'green' | 'unknown';

export type JobState = 'never-ran' | 'running' | 'succeeded' | 'failed';

/** Why the board has its colour, worst first. The board prints it. */
export type OverallReason =
  | 'critical-alarm'
  | 'critical-acknowledged'
  | 'warning-alarm'
  | 'backup-failed'
  | 'checkup-not-ok'
  | 'checkup-unknown'
  | 'never-backed-up'
  | 'clock-wrong'
  | 'nothing-watched'
  | 'all-fine'
  /** The views could not be read: a page that says what failed has this. */
  | 'unreadable';

const colours: Readonly<Record<OverallReason, BoardColour>> = {
  'critical-alarm': 'red',
  'critical-acknowledged': 'amber',
  'warning-alarm': 'amber',
  'backup-failed': 'amber',
  'checkup-not-ok': 'amber',
  'checkup-unknown': 'unknown',
  'never-backed-up': 'unknown',
  'clock-wrong': 'unknown',
  'nothing-watched': 'unknown',
  'all-fine': 'green',
  unreadable: 'unknown',
};

export interface Overall {
  readonly board: BoardColour;
  readonly because: OverallReason;
  /** How many alarms, backups or check-ups that is; 0 where there is nothing to count. */
  readonly number: number;
  readonly checkups: { readonly fine: number; readonly all: number };
  readonly jobs: { readonly good: number; readonly all: number };
  /** The newest run that succeeded, of any job. */
  readonly lastGood: RunRow | null;
}

/** A critical alarm that nobody has acknowledged: it turns the board red and sounds. */
export function callsForSomeone(alarm: AlarmRow): boolean {
  return alarm.severity === 'critical' && alarm.acknowledgedAt === null;
}

export function jobState({ last }: JobRows): JobState {
  return last?.outcome ?? 'never-ran';
}

/** Whether the last run that ended is a good one: while a job runs, that of before still counts. */
export function lastOutcome({ lastCompleted }: JobRows): 'good' | 'bad' | 'none' {
  if (lastCompleted === null) return 'none';
  return lastCompleted.outcome === 'succeeded' ? 'good' : 'bad';
}

/** The state of everything that is watched, in one colour with its reason. Pure. */
export function overall({ servers, alarms }: OverallRows): Overall {
  const checkups = servers.flatMap((server) => server.checkups).map((checkup) => checkup.now.status);
  const jobs = servers.flatMap((server) => server.jobs);
  const outcomes = jobs.map(lastOutcome);
  const numbers: Readonly<Record<OverallReason, number>> = {
    'critical-alarm': alarms.filter(callsForSomeone).length,
    'critical-acknowledged': alarms.filter(({ severity }) => severity === 'critical').length,
    'warning-alarm': alarms.length,
    'backup-failed': outcomes.filter((outcome) => outcome === 'bad').length,
    'checkup-not-ok': checkups.filter((status) => status === 'warning' || status === 'critical').length,
    'checkup-unknown': checkups.filter((status) => status === 'unknown').length,
    // A job that runs only on demand may never have been asked.
    'never-backed-up': jobs.filter((job) => lastOutcome(job) === 'none' && job.definition.at !== undefined).length,
    'clock-wrong': jobs.filter(isUndated).length,
    'nothing-watched': checkups.length + jobs.length === 0 ? 1 : 0,
    'all-fine': 0,
    unreadable: 0,
  };
  const because = reasons.find((reason) => numbers[reason] > 0) ?? 'all-fine';
  return {
    board: colours[because],
    because,
    number: numbers[because],
    checkups: { fine: checkups.filter((status) => status === 'ok').length, all: checkups.length },
    jobs: { good: jobs.filter((job) => lastOutcome(job) === 'good' && !job.clockWrong).length, all: jobs.length },
    lastGood: lastGoodOf(jobs.filter(({ clockWrong }) => !clockWrong)) ?? lastGoodOf(jobs),
  };
}

const reasons: readonly OverallReason[] = [
  'critical-alarm',
  'critical-acknowledged',
  'warning-alarm',
  'backup-failed',
  'checkup-not-ok',
  'checkup-unknown',
  'never-backed-up',
  'clock-wrong',
  'nothing-watched',
];

/** Whether the last run is a good one of which nobody can say how old it is. */
export function isUndated(job: JobRows): boolean {
  return lastOutcome(job) === 'good' && job.clockWrong;
}

/** Jobs of different servers have no order in the log among each other: the stated times decide. */
function lastGoodOf(jobs: readonly JobRows[]): RunRow | null {
  const runs = jobs.flatMap(({ lastSuccess }) => (lastSuccess ? [lastSuccess] : []));
  const timeOf = (run: RunRow): string => run.completedAt ?? run.startedAt;
  return runs.reduce<RunRow | null>((best, run) => (best && timeOf(best) >= timeOf(run) ? best : run), null);
}

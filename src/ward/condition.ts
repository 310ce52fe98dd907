import type { JobFreshness, JobState } from '../backups/job-freshness.js';
import type { CheckupStatus } from '../checkups/checkup.js';
import { worstStatus, type Knowledge } from '../checkups/freshness.js';
import type { Severity } from '../shared/severity.js';

/** Why a server is not well, or not known to be, from worst to best. */
export const conditionReasons = [
  'critical-alarm',
  'checkup-critical',
  'backup-failed',
  'backup-overdue',
  'backup-never-succeeded',
  'warning-alarm',
  'checkup-warning',
  'backup-running-too-long',
  'backup-suspicious',
  'checkup-unknown',
  'backup-clock-wrong',
  'backup-waiting',
  'nothing-watched',
  'all-fine',
] as const;
export type ConditionReason = (typeof conditionReasons)[number];

/** The one status of a server, with its reason. */
export interface Condition {
  readonly status: CheckupStatus;
  readonly because: ConditionReason;
  /** RFC 3339: since when; null where there is no moment to name. */
  readonly since: string | null;
}

/** What the condition of a server follows from. */
export interface KnownOfServer {
  readonly checkups: readonly { readonly now: Knowledge; readonly since: string | null }[];
  readonly jobs: readonly JobFreshness[];
  /** Not cleared. */
  readonly alarms: readonly { readonly severity: Severity; readonly since: string }[];
}

/**
 * The condition of a server: the worst that its check-ups, its jobs and its open alarms say. The board, the API, the
 * command line and messages all ask here, so that they never disagree. Pure.
 */
export function serverCondition(known: KnownOfServer): Condition {
  const found = findings(known);
  const worst = worstStatus(found.map(({ status }) => status));
  const first = conditionReasons.find((reason) =>
    found.some(({ status, because }) => status === worst && because === reason),
  );
  const ofReason = found.filter(({ because }) => because === first);
  return { status: worst, because: first ?? 'nothing-watched', since: earliest(ofReason) };
}

/** How bad a job's state is. */
export function statusOfJob(state: JobState): CheckupStatus {
  return jobMeanings[state].status;
}

const jobMeanings: Readonly<Record<JobState, { readonly status: CheckupStatus; readonly because: ConditionReason }>> = {
  fresh: { status: 'ok', because: 'all-fine' },
  'on-demand': { status: 'ok', because: 'all-fine' },
  waiting: { status: 'unknown', because: 'backup-waiting' },
  'clock-wrong': { status: 'unknown', because: 'backup-clock-wrong' },
  suspicious: { status: 'warning', because: 'backup-suspicious' },
  'running-too-long': { status: 'warning', because: 'backup-running-too-long' },
  failed: { status: 'critical', because: 'backup-failed' },
  overdue: { status: 'critical', because: 'backup-overdue' },
  'never-succeeded': { status: 'critical', because: 'backup-never-succeeded' },
};

const checkupReasons: Readonly<Record<CheckupStatus, ConditionReason>> = {
  ok: 'all-fine',
  unknown: 'checkup-unknown',
  warning: 'checkup-warning',
  critical: 'checkup-critical',
};

function findings({ checkups, jobs, alarms }: KnownOfServer): readonly Condition[] {
  return [
    ...alarms.map(({ severity, since }): Condition => ({ status: severity, because: `${severity}-alarm`, since })),
    ...checkups.map(({ now, since }): Condition => {
      return {
        status: now.status,
        because: checkupReasons[now.status],
        since: now.because === 'looked' ? since : null,
      };
    }),
    ...jobs.filter(isWatch).map(({ state, since }): Condition => ({ ...jobMeanings[state], since })),
  ];
}

/** A job on demand that was never asked says nothing about its server. */
function isWatch({ because }: JobFreshness): boolean {
  return because !== 'never-asked';
}

/** Of what is wrong, the first moment. What is well has none in common. */
function earliest(found: readonly Condition[]): string | null {
  const times = found.flatMap(({ status, since }) => (status === 'ok' || since === null ? [] : [since]));
  return times.reduce<string | null>((least, time) => (least === null || time < least ? time : least), null);
}

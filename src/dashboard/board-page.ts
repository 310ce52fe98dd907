import { worstStatus } from '../checkups/freshness.js';
import type { CheckupStatus } from '../checkups/checkup.js';
import { alarmCard, byUrgency, checkupCard, serverTitles, type AlarmCard, type CheckupCard } from './cards.js';
import { count, nameAsTitle, type Count, type Here } from './humanise.js';
import { isUndated, jobState, type JobState } from './overall.js';
import type { ServerDetails, JobRows, OverallRows, ServerRows } from './rows.js';
import { lineCard, runCard, type LineCard, type RunCard } from './run-card.js';

/** A job with its last run. */
export interface JobCard {
  readonly name: string;
  readonly title: string;
  readonly state: JobState;
  readonly startable: boolean;
  readonly run: RunCard | null;
  /** The last run that succeeded, where the newest one did not. */
  readonly lastGood: RunCard | null;
  /** The newest lines of its protocol. */
  readonly lines: readonly LineCard[];
}

export interface ServerCard {
  /** `<site>.<server>`. */
  readonly id: string;
  readonly title: string;
  readonly site: string;
  /** The worst of its check-ups and of its jobs' last runs. */
  readonly status: CheckupStatus;
  readonly checkups: readonly CheckupCard[];
  readonly jobs: readonly JobCard[];
}

/** The open alarms, the most urgent first. */
export interface AlarmsPart {
  readonly alarms: readonly AlarmCard[];
  readonly openAlarms: Count;
}

export function alarmsPart(rows: OverallRows, here: Here): AlarmsPart {
  const titles = serverTitles(rows.servers);
  return {
    alarms: byUrgency(rows.alarms).map((alarm) => alarmCard(alarm, titles, here)),
    openAlarms: count(rows.alarms.length, here),
  };
}

/** The servers in the order of their definition, each with its jobs and check-ups. */
export function serversPart({ servers }: OverallRows, details: ServerDetails, here: Here): readonly ServerCard[] {
  return servers.map((server) => serverCard(server, details, here));
}

function serverCard(rows: ServerRows, details: ServerDetails, here: Here): ServerCard {
  const title = rows.title ?? nameAsTitle(rows.server);
  return {
    id: `${rows.site}.${rows.server}`,
    title,
    site: rows.site,
    status: serverStatus(rows),
    checkups: rows.checkups.map((checkup) => checkupCard(checkup, details.charts.get(checkup.id) ?? null, here)),
    jobs: rows.jobs.map((job) => jobCard(job, title, details, here)),
  };
}

function serverStatus({ checkups, jobs }: ServerRows): CheckupStatus {
  const ofJobs = jobs.flatMap((job): CheckupStatus[] => {
    if (job.lastCompleted === null) return [];
    if (isUndated(job)) return ['unknown'];
    return [job.lastCompleted.outcome === 'succeeded' ? 'ok' : 'critical'];
  });
  return worstStatus([...checkups.map(({ now }) => now.status), ...ofJobs]);
}

function jobCard(rows: JobRows, serverTitle: string, details: ServerDetails, here: Here): JobCard {
  const { definition, last, lastSuccess } = rows;
  const titles = { job: definition.title ?? nameAsTitle(definition.name), server: serverTitle };
  const lines = last ? (details.newestLines.get(last.runId) ?? []) : [];
  const verified = last ? (details.verified.get(last.runId) ?? []) : [];
  const olderSuccess = lastSuccess !== null && lastSuccess.runId !== last?.runId ? lastSuccess : null;
  return {
    name: definition.name,
    title: titles.job,
    state: jobState(rows),
    startable: here.runsHere,
    run: last && runCard(last, titles, verified, here),
    lastGood: olderSuccess && runCard(olderSuccess, titles, [], here, last),
    lines: lines.map((line) => lineCard(line, here)),
  };
}

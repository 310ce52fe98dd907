import type { JobState } from '../../backups/job-freshness.js';
import { managerText } from '../../definitions/managed-by.js';
import type { CheckupStatus } from '../../checkups/checkup.js';
import { checkupCard, type CheckupCard } from './checkup-card.js';
import { statusOfJob, type ConditionReason } from '../../ward/condition.js';
import { shortestText, type Address } from '../../shared/address.js';
import { nameAsTitle, optionalMoment, type Here, type Moment } from '../humanise.js';
import type { JobRows, ServerRows, Ward } from '../../ward/ward.js';
import type { ServerDetails } from './server-details.js';
import { lineCard, runCard, type LineCard, type RunCard } from '../runs/run-card.js';

/** A job with its last run. */
export interface JobCard {
  readonly name: string;
  /** The whole address of the job. */
  readonly address: Address;
  /** What the command line calls it. */
  readonly called: string;
  readonly title: string;
  /** Who manages its definition. */
  readonly manager: string;
  readonly state: JobState;
  readonly status: CheckupStatus;
  /** Since when it has that state; null for a job that was never asked. */
  readonly since: Moment | null;
  /** Why its last run is suspicious; empty where it is not. */
  readonly suspicions: readonly string[];
  /** What is shown in one word: the state, or what became of the last run. */
  readonly shown: JobState | 'running' | 'succeeded' | 'never-ran';
  readonly running: boolean;
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
  /** Who manages its definition. */
  readonly manager: string;
  readonly site: string;
  /** The one condition of the server: see `servers/condition.ts`. */
  readonly status: CheckupStatus;
  readonly because: ConditionReason;
  readonly checkups: readonly CheckupCard[];
  readonly jobs: readonly JobCard[];
}

/** The servers in the order of their definition, each with its jobs and check-ups. */
export function serversPart({ servers }: Ward, details: ServerDetails, here: Here): readonly ServerCard[] {
  const jobs = servers.flatMap((server) => server.jobs.map(addressOf));
  return servers.map((server) => serverCard(server, jobs, details, here));
}

function serverCard(rows: ServerRows, allJobs: readonly Address[], details: ServerDetails, here: Here): ServerCard {
  const title = rows.title ?? nameAsTitle(rows.server);
  return {
    id: `${rows.site}.${rows.server}`,
    title,
    manager: managerText(rows.managedBy),
    site: rows.site,
    status: rows.condition.status,
    because: rows.condition.because,
    checkups: rows.checkups.map((checkup) => checkupCard(checkup, details.charts.get(checkup.id), here)),
    jobs: rows.jobs.map((job) => {
      const called = shortestText(addressOf(job), allJobs);
      return jobCard(job, { server: title, called }, details, here);
    }),
  };
}

function addressOf({ site, server, definition }: JobRows): Address {
  return { site, server, name: definition.name };
}

function jobCard(
  rows: JobRows,
  texts: { readonly server: string; readonly called: string },
  details: ServerDetails,
  here: Here,
): JobCard {
  const { definition, last, lastSuccess, now } = rows;
  const titles = { job: definition.title ?? nameAsTitle(definition.name), server: texts.server };
  const lines = last ? (details.newestLines.get(last.runId) ?? []) : [];
  const verified = last ? (details.verified.get(last.runId) ?? []) : [];
  const olderSuccess = lastSuccess !== null && lastSuccess.runId !== last?.runId ? lastSuccess : null;
  return {
    name: definition.name,
    address: addressOf(rows),
    called: texts.called,
    title: titles.job,
    manager: managerText(rows.managedBy),
    state: now.state,
    status: statusOfJob(now.state),
    since: optionalMoment(now.since, here),
    suspicions: now.state === 'suspicious' ? suspicionsOf(rows) : [],
    shown: shownState(rows),
    running: rows.running !== null,
    startable: here.duties.runsBackups,
    run: last && runCard(last, titles, verified, here),
    lastGood: olderSuccess && runCard(olderSuccess, titles, [], here, last),
    lines: lines.map((line) => lineCard(line, here)),
  };
}

function suspicionsOf({ lastEnded }: JobRows): readonly string[] {
  return (lastEnded?.suspicions ?? []).map(({ source, text }) => (source === null ? text : `${source}: ${text}`));
}

/**
 * A run in progress is said first where nothing is wrong with it; a job that is well shows what became of its last run.
 */
function shownState({ now, running }: JobRows): JobCard['shown'] {
  const isWell = now.state === 'fresh' || now.state === 'on-demand' || now.state === 'waiting';
  if (running) return now.state === 'running-too-long' ? now.state : 'running';
  if (!isWell) return now.state;
  return now.because === 'last-run-good' ? 'succeeded' : 'never-ran';
}

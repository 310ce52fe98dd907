import { fromIso, toIso, type Instant } from '../shared/instant.js';
import { isAhead } from '../shared/log-time.js';
import type { NextDue } from '../shared/schedule.js';
import type { BackupJobDefinition } from './job.js';

/**
 * How a backup job is now.
 *
 * - `fresh`: its last run succeeded, and no planned start has passed since without a good run
 * - `waiting`: it is new, and its first run is still to come or in progress
 * - `on-demand`: it has no timetable, and nothing went wrong
 * - `clock-wrong`: its last good run is dated in the future by a clock that ran ahead, so how old it is cannot be said
 * - `suspicious`: its last run is not to be trusted until a person has accepted it
 * - `running-too-long`: a run is in progress for longer than any should take
 * - `failed`: its last run failed
 * - `overdue`: a planned start has passed, and no run has ended since
 * - `never-succeeded`: it had its time, and there is no good backup of it
 */
export const jobStates = [
  'fresh',
  'waiting',
  'on-demand',
  'clock-wrong',
  'suspicious',
  'running-too-long',
  'failed',
  'overdue',
  'never-succeeded',
] as const;
export type JobState = (typeof jobStates)[number];

/** Why a job has its state. */
export const jobReasons = [
  'last-run-good',
  'first-run-to-come',
  'first-run-in-hand',
  'never-asked',
  'last-run-suspicious',
  'run-in-hand-too-long',
  'last-run-failed',
  'planned-start-missed',
  'no-run-yet',
  /** The only good runs are dated in the future: a clock was wrong, and nothing is known of them. */
  'clock-was-wrong',
] as const;
export type JobReason = (typeof jobReasons)[number];

export interface JobFreshness {
  readonly state: JobState;
  readonly because: JobReason;
  /** RFC 3339: since when; null for a job on demand that was never asked. */
  readonly since: string | null;
}

/** A run as far as it matters here; times in RFC 3339. */
export interface KnownRun {
  readonly outcome: 'running' | 'succeeded' | 'failed' | 'suspicious';
  readonly startedAt: string;
  readonly completedAt: string | null;
}

/** What is known of a job's runs. */
export interface KnownRuns {
  /** The run in progress. */
  readonly running: KnownRun | null;
  /** The newest run that has ended, by the log's order; one that a person has accepted is `succeeded`. */
  readonly ended: KnownRun | null;
  /** The newest run that succeeded. */
  readonly good: KnownRun | null;
}

export type PlannedJob = Pick<BackupJobDefinition, 'at' | 'timeZone'> & { readonly definedAt: string };

const minute = 60_000;
const hour = 60 * minute;
/** Wardround starts a job within seconds and may have others in progress first: so late is not overdue yet. */
export const startGraceMs = hour;
/** A run may take two periods of its job, two hours in any case, and no more than a day. */
const shortestLimitMs = 2 * hour;
const longestLimitMs = 24 * hour;
/** A job that has never succeeded starts at once; after a day without a run nothing starts it. */
const firstRunWithinMs = 24 * hour;

/** How a job is now. Pure: the board, the API and the command line all ask here. */
export function jobFreshness(job: PlannedJob, runs: KnownRuns, now: Instant, nextDue: NextDue): JobFreshness {
  const { running } = runs;
  const ended = runs.ended?.outcome === 'succeeded' ? believed(runs.ended, now) : runs.ended;
  const dueAfter = dueOf(job, nextDue);
  if (running && isTooLong(running, dueAfter, now)) {
    return { state: 'running-too-long', because: 'run-in-hand-too-long', since: running.startedAt };
  }
  const good = newestOf(ended?.outcome === 'succeeded' ? ended : null, believed(runs.good, now));
  const newest = newestOf(ended, good);
  const missed = running || !newest ? null : missedStart(endOf(newest), dueAfter, now);
  if (missed !== null) return { state: 'overdue', because: 'planned-start-missed', since: toIso(missed) };
  if (ended?.outcome === 'failed') return { state: 'failed', because: 'last-run-failed', since: endOf(ended) };
  if (ended?.outcome === 'suspicious') {
    return { state: 'suspicious', because: 'last-run-suspicious', since: endOf(ended) };
  }
  if (good)
    return { state: job.at === undefined ? 'on-demand' : 'fresh', because: 'last-run-good', since: endOf(good) };
  if (runs.good) return { state: 'clock-wrong', because: 'clock-was-wrong', since: endOf(runs.good) };
  return withoutAnyRun(job, running, dueAfter, now);
}

type DueAfter = (after: Instant) => Instant | null;

function dueOf({ at, timeZone }: PlannedJob, nextDue: NextDue): DueAfter {
  return (after) => (at === undefined ? null : nextDue({ at, timeZone }, after));
}

function withoutAnyRun(job: PlannedJob, running: KnownRun | null, dueAfter: DueAfter, now: Instant): JobFreshness {
  if (running) return { state: 'waiting', because: 'first-run-in-hand', since: running.startedAt };
  if (job.at === undefined) return { state: 'on-demand', because: 'never-asked', since: null };
  const defined = fromIso(job.definedAt);
  const first = dueAfter(defined);
  const until = Math.min(first === null ? Infinity : first + startGraceMs, defined + firstRunWithinMs);
  const isNew = now <= until;
  return {
    state: isNew ? 'waiting' : 'never-succeeded',
    because: isNew ? 'first-run-to-come' : 'no-run-yet',
    since: job.definedAt,
  };
}

function isTooLong(running: KnownRun, dueAfter: DueAfter, now: Instant): boolean {
  const startedAt = fromIso(running.startedAt);
  const first = dueAfter(startedAt);
  const second = first === null ? null : dueAfter(first);
  const limit =
    second === null ? longestLimitMs : Math.min(Math.max(second - startedAt, shortestLimitMs), longestLimitMs);
  // A start in the future says nothing about how long it has been running: it cannot be shown as well.
  return now > startedAt + limit || isAhead(startedAt, now);
}

/** The first planned start that no run has ended since, with the grace over; null if there is none. */
function missedStart(lastEnd: string, dueAfter: DueAfter, now: Instant): Instant | null {
  const due = dueAfter(Math.min(fromIso(lastEnd), now));
  return due !== null && now > due + startGraceMs ? due : null;
}

function believed(run: KnownRun | null, now: Instant): KnownRun | null {
  return run !== null && !isAhead(fromIso(endOf(run)), now) ? run : null;
}

function newestOf(one: KnownRun | null, other: KnownRun | null): KnownRun | null {
  if (!one || !other) return one ?? other;
  return isNewer(one, other) ? one : other;
}

function isNewer(one: KnownRun, other: KnownRun | null): boolean {
  return other === null || fromIso(endOf(one)) > fromIso(endOf(other));
}

function endOf(run: KnownRun): string {
  return run.completedAt ?? run.startedAt;
}

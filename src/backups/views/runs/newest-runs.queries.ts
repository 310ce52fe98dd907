import type { Principal } from '../../../access/principal.js';
import type { EntityManager } from 'typeorm';
import { runOutcomes } from '../../backups.events.js';
import { narrowToScope } from '../../../store/in-scope.adapter.js';
import { groupedBy } from '../../../shared/grouped-by.js';
import { runTable, type RunOutcome, type RunRow } from './runs.entity.js';

export interface JobKey {
  readonly site: string;
  readonly server: string;
  readonly job: string;
}

export interface NewestRuns {
  /** The newest run that is in progress or whose end is known: not one that was captured in a backup. */
  readonly last: RunRow | null;
  /** That one, if it is in progress. */
  readonly running: RunRow | null;
  /** The newest run that has ended. */
  readonly lastEnded: RunRow | null;
  readonly lastSuccess: RunRow | null;
}

/** Those of a run that is in progress or whose end is known. */
const known = runOutcomes.filter((outcome) => outcome !== 'captured');

/**
 * The newest runs of each job that is defined, by the log's order. A success that is dated later than `upTo` is left aside as
 * long as there is another: a clock that ran ahead once must not hide what came before.
 * @param upTo RFC 3339
 * @returns what gives the runs of a job
 */
export async function newestRuns(
  principal: Principal,
  read: EntityManager,
  upTo: string,
): Promise<(job: JobKey) => NewestRuns> {
  // Each by its outcome, which an index leads to: what is newest among them is the newest of all.
  const ofOutcomes = known.map((outcome) => `"outcome" = '${outcome}'`);
  const believed = `"outcome" = 'succeeded' AND "startedAt" <= :upTo`;
  const find = await newestOfEachJob(principal, read, [...ofOutcomes, believed], { upTo });
  return (job) => {
    const runs = find(job);
    const newest = (...outcomes: RunOutcome[]) => runs.find(({ outcome }) => outcomes.includes(outcome)) ?? null;
    const last = newest(...known);
    return {
      last,
      running: last?.outcome === 'running' ? last : null,
      lastEnded: newest(...known.filter((outcome) => outcome !== 'running')),
      lastSuccess:
        runs.find(({ outcome, startedAt }) => outcome === 'succeeded' && startedAt <= upTo) ?? newest('succeeded'),
    };
  };
}

export interface JobStarts {
  readonly everSucceeded: boolean;
  /** RFC 3339: the planned start that a run served last; null if none did. */
  readonly lastPlanned: string | null;
}

/**
 * What is known of the starts of each job that is defined.
 * @param now RFC 3339: planned starts that are after it were planned by a clock that ran ahead
 */
export async function startsOfJobs(
  principal: Principal,
  read: EntityManager,
  now: string,
): Promise<(job: JobKey) => JobStarts> {
  const find = await newestOfEachJob(principal, read, [`"outcome" = 'succeeded'`, '"plannedFor" <= :now'], { now });
  return (job) => {
    const runs = find(job);
    return {
      everSucceeded: runs.some(({ outcome }) => outcome === 'succeeded'),
      lastPlanned: runs.find(({ plannedFor }) => plannedFor !== null && plannedFor <= now)?.plannedFor ?? null,
    };
  };
}

/**
 * For each job that is defined, the newest run under each condition, in one query however many jobs there are.
 * @returns what gives those of a job, newest first, each once
 */
async function newestOfEachJob(
  principal: Principal,
  read: EntityManager,
  conditions: readonly string[],
  parameters: Readonly<Record<string, string>>,
): Promise<(job: JobKey) => readonly RunRow[]> {
  const ids = conditions.map(
    (condition) => `SELECT (${newestOfJob(condition)}) FROM "definitions" "defined" ${ofJobs}`,
  );
  const query = read
    .createQueryBuilder(runTable, 'run')
    .where(`run.runId IN (${ids.join(' UNION ALL ')})`, parameters)
    .orderBy('run.logPlace', 'DESC')
    .addOrderBy('run.startedAt', 'DESC')
    .addOrderBy('run.runId', 'DESC');
  const rows = await narrowToScope(query, principal, 'run').getMany();
  const byJob = groupedBy(rows, keyText);
  return (job) => byJob.get(keyText(job)) ?? [];
}

const ofJobs = `WHERE "defined"."kind" = 'backup-job'`;

/** By the log's order, whatever times they state: the index `runs_of_job_outcome` has them in this order. */
function newestOfJob(condition: string): string {
  const ofJob = '"site" = "defined"."site" AND "server" = "defined"."server" AND "job" = "defined"."name"';
  return `SELECT "runId" FROM "runs" WHERE ${ofJob} AND ${condition} ORDER BY "logPlace" DESC, "startedAt" DESC, "runId" DESC LIMIT 1`;
}

function keyText({ site, server, job }: JobKey): string {
  return `${site}/${server}/${job}`;
}

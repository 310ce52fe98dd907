import type { Principal } from '../../../access/principal.js';
import { Not, type EntityManager } from 'typeorm';
import { queryInScope } from '../../../store/in-scope.adapter.js';
import { runTable, type RunRow } from './runs.entity.js';

interface JobKey {
  readonly site: string;
  readonly server: string;
  readonly job: string;
}

/** In the order of the log, newest first: the clock of then may have been wrong. */
const newestFirst = { logPlace: 'DESC', runId: 'DESC' } as const;

/** The newest run that counts as good: it succeeded, or a person has accepted it. */
export function lastGoodRun(
  principal: Principal,
  read: EntityManager,
  { site, server, job }: JobKey,
): Promise<RunRow | null> {
  const options = { where: { site, server, job, outcome: 'succeeded' }, order: newestFirst, take: 1 } as const;
  return queryInScope(principal, read, runTable, options).getOne();
}

/** When the newest runs of a job began (RFC 3339), oldest first, whatever became of them, but for one. */
export async function startsOfRuns(
  principal: Principal,
  read: EntityManager,
  job: JobKey,
  except: string,
  limit: number,
): Promise<readonly Pick<RunRow, 'startedAt' | 'logPlace'>[]> {
  const { site, server, job: name } = job;
  const runs = await queryInScope(principal, read, runTable, {
    select: { runId: true, startedAt: true, logPlace: true },
    where: { site, server, job: name, runId: Not(except) },
    order: newestFirst,
    take: limit,
  }).getMany();
  return runs.reverse();
}

/** The runs whose copies are in doubt: something of their sources looked odd, and no person has accepted them. */
export async function doubtfulRuns(
  principal: Principal,
  read: EntityManager,
  { site, server, job }: JobKey,
): Promise<ReadonlySet<string>> {
  const runs = await queryInScope(principal, read, runTable, {
    select: { runId: true, suspicions: true },
    where: { site, server, job, outcome: Not('succeeded') },
  }).getMany();
  const doubted = runs.filter(({ suspicions }) => suspicions.some(({ kind }) => kind !== 'clock'));
  return new Set(doubted.map(({ runId }) => runId));
}

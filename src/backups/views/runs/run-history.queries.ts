import { Not, type EntityManager } from 'typeorm';
import { runTable, type RunRow } from './runs.entity.js';

interface JobKey {
  readonly site: string;
  readonly server: string;
  readonly job: string;
}

/** In the order of the log, newest first: the clock of then may have been wrong. */
const newestFirst = { logPlace: 'DESC', runId: 'DESC' } as const;

/** The newest run that counts as good: it succeeded, or a person has accepted it. */
export function lastGoodRun(read: EntityManager, { site, server, job }: JobKey): Promise<RunRow | null> {
  return read.findOne(runTable, { where: { site, server, job, outcome: 'succeeded' }, order: newestFirst });
}

/** When the newest runs of a job began (RFC 3339), oldest first, whatever became of them, but for one. */
export async function startsOfRuns(
  read: EntityManager,
  job: JobKey,
  except: string,
  limit: number,
): Promise<readonly Pick<RunRow, 'startedAt' | 'logPlace'>[]> {
  const { site, server, job: name } = job;
  const runs = await read.find(runTable, {
    select: { runId: true, startedAt: true, logPlace: true },
    where: { site, server, job: name, runId: Not(except) },
    order: newestFirst,
    take: limit,
  });
  return runs.reverse();
}

/** The runs whose copies are in doubt: something of their sources looked odd, and no person has accepted them. */
export async function doubtfulRuns(read: EntityManager, { site, server, job }: JobKey): Promise<ReadonlySet<string>> {
  const runs = await read.find(runTable, {
    select: { runId: true, suspicions: true },
    where: { site, server, job, outcome: Not('succeeded') },
  });
  const doubted = runs.filter(({ suspicions }) => suspicions.some(({ kind }) => kind !== 'clock'));
  return new Set(doubted.map(({ runId }) => runId));
}

import type { Principal } from '../access/principal.js';
import { backupJobKind } from '../backups/backup-job.kind.js';
import { checkupKind } from '../checkups/checkup.kind.js';
import { serverKind } from '../servers/server.kind.js';
import type { EntityManager } from 'typeorm';
import { jobFreshness } from '../backups/job-freshness.js';
import { notAgreed } from '../clock/clock-jump.js';
import { knowledgeNow } from '../checkups/freshness.js';
import { readDeliveryTroubles } from '../notifications/undelivered.adapter.js';
import { toIso, type Instant } from '../shared/instant.js';
import { believedApartMs } from '../shared/log-time.js';
import { nextDue } from '../timetable/timetable.adapter.js';
import { openClockJumps } from '../clock/views/clocks/clocks.queries.js';
import { openAlarms } from '../rules/views/alarms/alarms.queries.js';
import { checkupId } from '../checkups/views/checkup-status/checkup-status.fold.js';
import { checkupStatuses } from '../checkups/views/checkup-status/checkup-status.queries.js';
import type { CheckupStatusRow } from '../checkups/views/checkup-status/checkup-status.entity.js';
import { definitionsOf, type DefinedOf } from '../definitions/definitions.queries.js';
import { newestRuns } from '../backups/views/runs/newest-runs.queries.js';
import { serverCondition } from './condition.js';
import { knownRun, type CheckupRows, type JobRows, type ServerRows, type Ward } from './ward.js';

/** Reads everything that is watched and that the principal sees, as it is now. The board and the API both read it here. */
export async function readWard(principal: Principal, read: EntityManager, now: Instant): Promise<Ward> {
  const servers = await definitionsOf(principal, read, serverKind);
  const checkups = await readCheckups(principal, read, now);
  const jobs = await readJobs(principal, read, await definitionsOf(principal, read, backupJobKind), now);
  const alarms = await openAlarms(principal, read);
  return {
    servers: servers.map(({ site, name, definition, managedBy }): ServerRows => {
      const here = (thing: { readonly site: string; readonly server: string }): boolean =>
        thing.site === site && thing.server === name;
      const ofServer = {
        checkups: checkups.filter(here).map(({ rows }) => rows),
        jobs: jobs.filter(here),
        alarms: alarms.filter(here),
      };
      return {
        site,
        server: name,
        title: definition.title ?? null,
        managedBy,
        ...ofServer,
        condition: conditionOf(ofServer),
      };
    }),
    alarms,
    delivery: await readDeliveryTroubles(principal, read, now),
    clockJumps: notAgreed(await openClockJumps(principal, read), now),
  };
}

/** Jobs with their runs, as they are now. */
export async function readJobs(
  principal: Principal,
  read: EntityManager,
  defined: readonly DefinedOf<typeof backupJobKind>[],
  now: Instant,
): Promise<readonly JobRows[]> {
  const runsOf = await newestRuns(principal, read, toIso(now + believedApartMs));
  return defined.map(({ site, server, name, definition, definedAt, managedBy }) => {
    const runs = runsOf({ site, server, job: name });
    const { running, lastEnded, lastSuccess } = runs;
    const known = { running: knownRun(running), ended: knownRun(lastEnded), good: knownRun(lastSuccess) };
    const freshness = jobFreshness({ ...definition, definedAt }, known, now, nextDue);
    return { site, server, definition, managedBy, ...runs, now: freshness };
  });
}

function conditionOf({ checkups, jobs, alarms }: Pick<ServerRows, 'checkups' | 'jobs' | 'alarms'>) {
  return serverCondition({
    checkups: checkups.map((checkup) => ({ now: checkup.now, since: checkup.newest?.since ?? null })),
    jobs: jobs.map((job) => job.now),
    alarms,
  });
}

async function readCheckups(principal: Principal, read: EntityManager, now: Instant) {
  const newest = new Map((await checkupStatuses(principal, read)).map((row) => [row.id, row]));
  const defined = await definitionsOf(principal, read, checkupKind);
  return defined.map((one) => ({ site: one.site, server: one.server, rows: checkupRows(one, newest, now) }));
}

function checkupRows(
  { site, server, name, definition, managedBy }: DefinedOf<typeof checkupKind>,
  newestById: ReadonlyMap<string, CheckupStatusRow>,
  now: Instant,
): CheckupRows {
  const id = checkupId({ site, server, checkup: name });
  const newest = newestById.get(id) ?? null;
  return { id, definition, managedBy, newest, now: knowledgeNow(definition, newest, now, nextDue) };
}

import { z } from 'zod';
import { localCopyName } from '../../backups/backups.events.js';
import { jobReasons, jobStates } from '../../backups/job-freshness.js';
import { addressText } from '../../shared/address.js';
import type { Instant } from '../../shared/instant.js';
import { statusOfJob } from '../../ward/condition.js';
import type { JobRows } from '../../ward/ward.js';
import { managedBy, moment, count, onServer, status, type Body } from '../bodies.js';
import { runSchema, runBody } from '../runs/runs.bodies.js';

export const jobSchema = z.object({
  ...onServer,
  name: z.string(),
  address: z.string().describe('`<site>/<server>/<name>`: what tells it from every other job'),
  title: z.string(),
  managedBy,
  at: z.string().nullable().describe('Cron line; null if it runs on demand only'),
  timeZone: z.string().nullable().describe("Time zone of `at`; null: the computer's"),
  sources: z.array(z.string()),
  destinations: z.array(z.string()).describe('Where its snapshots are kept; the local copy first, if it has one'),
  nextPlanned: moment.nullable().describe('Next scheduled start'),
  status: status.describe('Severity of its state'),
  state: z
    .enum(jobStates)
    .describe(
      'fresh: the last run succeeded and no scheduled start has been missed since; waiting: before its first run; ' +
        'overdue: a scheduled start has passed without a run; never-succeeded: it has not run since it was defined',
    ),
  because: z.enum(jobReasons).describe('The reason for the state'),
  since: moment.nullable().describe('Since when it has had this state; null for an on-demand job that has never run'),
  running: runSchema.nullable(),
  lastRun: runSchema.nullable().describe('The newest run, except captured ones'),
  lastSuccess: runSchema.nullable().describe('The newest one in the log whose time is plausible'),
});

export const startedRunSchema = z.object({ runId: z.string(), ...onServer, job: z.string(), href: z.string() });

export const restoredSchema = z.object({
  ...onServer,
  job: z.string(),
  snapshot: z.string(),
  destination: z.string(),
  to: z.string(),
  files: count,
  bytes: count,
  durationMs: z.number(),
});

export function jobBody(rows: JobRows, nextPlanned: string | null, now: Instant): Body<typeof jobSchema> {
  const { site, server, definition, now: freshness } = rows;
  return {
    site,
    server,
    name: definition.name,
    address: addressText({ site, server, name: definition.name }),
    title: definition.title ?? definition.name,
    managedBy: rows.managedBy,
    at: definition.at ?? null,
    timeZone: definition.timeZone ?? null,
    sources: definition.sources.map((source) => source.name),
    destinations: [...(definition.localCopy ? [localCopyName] : []), ...definition.copies.map((copy) => copy.name)],
    nextPlanned,
    status: statusOfJob(freshness.state),
    state: freshness.state,
    because: freshness.because,
    since: freshness.since,
    running: rows.running && runBody(rows.running, now),
    lastRun: rows.last && runBody(rows.last, now),
    lastSuccess: rows.lastSuccess && runBody(rows.lastSuccess, now, rows.lastEnded),
  };
}

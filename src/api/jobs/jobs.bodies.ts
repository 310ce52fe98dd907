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
  timeZone: z.string().nullable().describe("Whose clock `at` means; null: the computer's own"),
  sources: z.array(z.string()),
  destinations: z.array(z.string()).describe('Where its snapshots stay, the local copy first if it has one'),
  nextPlanned: moment.nullable().describe('Its next planned start'),
  status: status.describe('How bad its state is'),
  state: z
    .enum(jobStates)
    .describe(
      'fresh: the last run succeeded and no planned start was missed since; waiting: its first run is still to come; ' +
        'overdue: a planned start has passed without a run; never-succeeded: it has not run since it was defined',
    ),
  because: z.enum(jobReasons).describe('Why it has that state'),
  since: moment.nullable().describe('Since when it has that state; null for a job on demand that never ran'),
  running: runSchema.nullable(),
  lastRun: runSchema.nullable().describe('The newest run; not one that was captured in a backup'),
  lastSuccess: runSchema.nullable().describe('The newest by the order of the log whose stated time can be believed'),
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

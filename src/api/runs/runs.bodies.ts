import { z } from 'zod';
import {
  copiedSourceSchema,
  copyReportSchema,
  protocolLineSchema,
  runOutcomes,
  runTriggers,
  suspicionSchema,
} from '../../backups/backups.events.js';
import { isClockWrong } from '../../backups/views/runs/run-time.js';
import type { ProtocolLineRow, RunRow } from '../../backups/views/runs/runs.entity.js';
import { errorCodes } from '../../shared/errors.js';
import type { Instant } from '../../shared/instant.js';
import { moment, count, onServer, type Body } from '../bodies.js';
import { base } from '../route.js';

export const runSchema = z.object({
  runId: z.string(),
  ...onServer,
  job: z.string(),
  outcome: z
    .enum(runOutcomes)
    .describe(
      '`suspicious`: copied and verified, but data may be missing; `captured`: it was in progress when the event log was copied from which this installation was restored',
    ),
  trigger: z.string().describe(`Why it ran: ${runTriggers.join(', ')}`),
  plannedFor: moment.nullable().describe('The scheduled start; null if a person started it'),
  computer: z.string(),
  user: z.string(),
  startedAt: moment,
  completedAt: moment.nullable(),
  clockWrong: z.boolean().describe('true: the clock was wrong, and its times are not reliable'),
  error: z.object({ code: z.enum(errorCodes), text: z.string() }).nullable(),
  destinations: z.array(z.string()),
  copies: z.array(copyReportSchema),
  percent: z.number().min(0).max(100),
  step: z.string().describe('The current step; empty before and after the run'),
  files: count,
  bytes: count,
  totalFiles: count.describe('0 while unknown'),
  totalBytes: count.describe('0 while unknown'),
  suspicions: z.array(suspicionSchema).describe('Why it is suspicious; kept after the run is accepted'),
  sources: z.array(copiedSourceSchema).describe('What was copied of each source; empty while unknown'),
  warnings: count.nullable().describe('Number of warnings in the protocol; null while not counted'),
  accepted: z
    .object({ at: moment, by: z.string(), note: z.string() })
    .nullable()
    .describe('Who accepted the suspicious run; it then counts as succeeded'),
  href: z.string(),
});

export const runWithProtocolSchema = runSchema.extend({
  protocol: z.object({
    lines: z.array(protocolLineSchema),
    lastLine: count.describe('The `afterLine` for the next request'),
    more: z.boolean().describe('Whether more lines are available'),
  }),
});

/** The address of a run. */
export function runHref(runId: string): string {
  return `${base}/runs/${encodeURIComponent(runId)}`;
}

export function runBody(row: RunRow, now: Instant, later: RunRow | null = null): Body<typeof runSchema> {
  return {
    runId: row.runId,
    site: row.site,
    server: row.server,
    job: row.job,
    outcome: row.outcome,
    trigger: row.trigger,
    plannedFor: row.plannedFor,
    computer: row.computer,
    user: row.user,
    startedAt: row.startedAt,
    completedAt: row.completedAt,
    clockWrong: isClockWrong(row, now, later),
    error: row.errorCode && { code: row.errorCode, text: row.errorText ?? '' },
    destinations: [...row.destinations],
    copies: [...row.copies],
    percent: row.percent,
    step: row.step,
    files: row.files,
    bytes: row.bytes,
    totalFiles: row.totalFiles,
    totalBytes: row.totalBytes,
    suspicions: [...row.suspicions],
    sources: row.sources.map((source) => ({ ...source, places: [...source.places] })),
    warnings: row.warnings,
    accepted: acceptanceOf(row),
    href: runHref(row.runId),
  };
}

function acceptanceOf({ acceptedAt, acceptedBy, acceptedNote }: RunRow) {
  return acceptedAt === null ? null : { at: acceptedAt, by: acceptedBy ?? 'unknown', note: acceptedNote ?? '' };
}

/**
 * A run with a part of its protocol.
 * @param found the lines behind `afterLine`: one more than `limit` where there are more
 */
export function runWithProtocolBody(
  run: RunRow,
  found: readonly ProtocolLineRow[],
  { afterLine, limit }: { readonly afterLine: number; readonly limit: number },
  now: Instant,
): Body<typeof runWithProtocolSchema> {
  const lines = found.slice(0, limit).map(({ runId: _ofThisRun, ...line }) => line);
  const lastLine = lines.at(-1)?.number ?? afterLine;
  return { ...runBody(run, now), protocol: { lines, lastLine, more: found.length > limit } };
}

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
      '`suspicious`: copied and verified, but it looks as if something of the sources were missing; `captured`: it was in hand when the event log was copied that this installation was restored from',
    ),
  trigger: z.string().describe(`Why it ran: ${runTriggers.join(', ')}`),
  plannedFor: moment.nullable().describe('The planned start that it serves; null if a person asked for it'),
  computer: z.string(),
  user: z.string(),
  startedAt: moment,
  completedAt: moment.nullable(),
  clockWrong: z.boolean().describe('True: its times were stated by a clock that ran ahead, and are not believed'),
  error: z.object({ code: z.enum(errorCodes), text: z.string() }).nullable(),
  destinations: z.array(z.string()),
  copies: z.array(copyReportSchema),
  percent: z.number().min(0).max(100),
  step: z.string().describe('The step in hand; empty before and after'),
  files: count,
  bytes: count,
  totalFiles: count.describe('0 while not known'),
  totalBytes: count.describe('0 while not known'),
  suspicions: z.array(suspicionSchema).describe('What looked odd; stays when a person has accepted the run'),
  sources: z.array(copiedSourceSchema).describe('What was copied of each source; empty while that is not known'),
  warnings: count.nullable().describe('Lines of the protocol that are warnings; null while not counted'),
  accepted: z
    .object({ at: moment, by: z.string(), note: z.string() })
    .nullable()
    .describe('Who said that a suspicious run is right; it counts as succeeded then'),
  href: z.string(),
});

export const runWithProtocolSchema = runSchema.extend({
  protocol: z.object({
    lines: z.array(protocolLineSchema),
    lastLine: count.describe('The `afterLine` that asks for what follows'),
    more: z.boolean().describe('Whether there are more lines already'),
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

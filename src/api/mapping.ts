import type { z } from 'zod';
import { localCopyName } from '../backups/backups.events.js';
import type { CheckupDefinition } from '../checkups/checkup.js';
import type { Knowledge } from '../checkups/freshness.js';
import type { Event } from '../event-log/envelope.js';
import { statusOfJob } from '../ward/condition.js';
import type { JobRows, ServerRows } from '../ward/ward.js';
import type { Instant } from '../shared/instant.js';
import { isClockWrong } from '../backups/views/runs/run-time.js';
import type { ClockJump } from '../clock/views/clocks/clocks.entity.js';
import type { AlarmRow } from '../rules/views/alarms/alarms.entity.js';
import type { CheckupResultRow, CheckupStatusRow } from '../checkups/views/checkup-status/checkup-status.entity.js';
import type { MessageRow } from '../notifications/views/messages/messages.entity.js';
import { runAbout } from '../notifications/occasions/finished-run/run-about.js';
import type { ParkedEventRow } from '../folding/parked/parked.entity.js';
import type { ProtocolLineRow, RunRow } from '../backups/views/runs/runs.entity.js';
import type { SnapshotRow } from '../backups/views/snapshots/snapshots.entity.js';
import type * as resources from './resources.js';

// From rows to the bodies of answers: pure. A row may have columns that the API does not show, so each is named.

type Body<Schema extends z.ZodType> = z.output<Schema>;
interface Defined<Definition> {
  readonly site: string;
  readonly server: string;
  readonly name: string;
  readonly definition: Definition;
}

export const api = '/api/v1';

/** The address of a run. */
export function runHref(runId: string): string {
  return `${api}/runs/${encodeURIComponent(runId)}`;
}

/** The address of a check-up's history. */
export function historyHref(checkupId: string): string {
  return `${api}/checkups/${encodeURIComponent(checkupId)}/history`;
}

export function serverBody(rows: ServerRows): Body<typeof resources.serverSchema> {
  const { site, server, title, alarms, jobs, condition } = rows;
  const looksWith = (status: string) => rows.checkups.filter(({ now }) => now.status === status).length;
  const alarmsOf = (severity: string) => alarms.filter((alarm) => alarm.severity === severity).length;
  return {
    site,
    name: server,
    title: title ?? server,
    status: condition.status,
    because: condition.because,
    since: condition.since,
    checkups: {
      ok: looksWith('ok'),
      warning: looksWith('warning'),
      critical: looksWith('critical'),
      unknown: looksWith('unknown'),
    },
    openAlarms: {
      warning: alarmsOf('warning'),
      critical: alarmsOf('critical'),
      unacknowledged: alarms.filter(({ acknowledgedAt }) => acknowledgedAt === null).length,
    },
    jobs: { defined: jobs.length, running: jobs.filter(({ running }) => running !== null).length },
  };
}

export function checkupBody(
  id: string,
  { site, server, name, definition }: Defined<CheckupDefinition>,
  newest: CheckupStatusRow | null,
  { status, because }: Knowledge,
): Body<typeof resources.checkupSchema> {
  return {
    id,
    site,
    server,
    name,
    title: definition.title ?? name,
    plugin: definition.plugin ?? null,
    every: definition.every ?? null,
    at: definition.at ?? null,
    timeZone: definition.timeZone ?? null,
    status,
    because,
    newest: newest && {
      ...resultBody(newest),
      since: newest.since,
      details: newest.details,
      durationMs: newest.durationMs,
    },
    href: historyHref(id),
  };
}

function resultBody({ time, status, summary, metrics }: Omit<CheckupResultRow, 'checkupId' | 'eventId'>) {
  return { time, status, summary, metrics: [...metrics] };
}

export function historicResultBody(row: CheckupResultRow): Body<typeof resources.historicResultSchema> {
  return { ...resultBody(row), eventId: row.eventId };
}

export function runBody(row: RunRow, now: Instant, later: RunRow | null = null): Body<typeof resources.runSchema> {
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
): Body<typeof resources.runWithProtocolSchema> {
  const lines = found.slice(0, limit).map(({ runId: _ofThisRun, ...line }) => line);
  const lastLine = lines.at(-1)?.number ?? afterLine;
  return { ...runBody(run, now), protocol: { lines, lastLine, more: found.length > limit } };
}

export function jobBody(rows: JobRows, nextPlanned: string | null, now: Instant): Body<typeof resources.jobSchema> {
  const { site, server, definition, now: freshness } = rows;
  return {
    site,
    server,
    name: definition.name,
    title: definition.title ?? definition.name,
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

export function snapshotBody({ logPlace: _ofOrderOnly, ...row }: SnapshotRow): Body<typeof resources.snapshotSchema> {
  return row;
}

export function alarmBody(row: AlarmRow): Body<typeof resources.alarmSchema> {
  const { alarmId, rule, site, server, severity, title, advice, summary, because, since, raisedAt } = row;
  const subject = { kind: row.subjectKind, name: row.subjectName };
  const { acknowledgedAt, acknowledgedBy, note, clearedAt, clearedBecause } = row;
  return {
    ...{ alarmId, rule, site, server, subject, severity, title, advice, summary, because, since, raisedAt },
    ...{ acknowledgedAt, acknowledgedBy, note, clearedAt, clearedBecause },
    state: clearedAt ? 'cleared' : acknowledgedAt ? 'acknowledged' : 'raised',
  };
}

export function messageBody(row: MessageRow): Body<typeof resources.messageSchema> {
  const { messageId, group, channel, to, locale, template, reason, about, inPlaceOf, period, state, decidedAt } = row;
  const { attempts, nextAttemptAt, lastError, deliveredAt, deliveredBy, receipt, subject, text } = row;
  const things = about.map(({ kind, ref }) => ({ ...ref, kind, ref }));
  const runs = [...runAbout.among(about)];
  return {
    ...{ messageId, group, channel, to: [...to], locale, template, reason, about: things, runs, period, state },
    ...{ inPlaceOf, decidedAt, attempts, nextAttemptAt, lastError, deliveredAt, deliveredBy, receipt, subject, text },
    ...{ dismissedAt: row.dismissedAt, dismissedBy: row.dismissedBy },
  };
}

/** @param id of the parked event */
export function parkedBody(id: string, row: ParkedEventRow): Body<typeof resources.parkedEventSchema> {
  const { subscription, partition, partitionkey, eventId, source, type, error, attempts, parkedAt, askedAt } = row;
  const href = `${api}/parked/${encodeURIComponent(id)}`;
  return {
    ...{ id, subscription, partition, partitionkey, eventId, source, type, error, attempts, parkedAt, askedAt, href },
  };
}

/** The event as it stands in the log. Every type's data is an object. */
export function eventBody({ data, ...envelope }: Event): Body<typeof resources.eventSchema> {
  return { ...envelope, data: typeof data === 'object' && data !== null ? { ...data } : {} };
}

export function clockJumpBody(jump: ClockJump): Body<typeof resources.clockJumpSchema> {
  const { jumpId, computer, against, expected, shown, ms } = jump;
  return { jumpId, computer, against, expected, shown, ms };
}

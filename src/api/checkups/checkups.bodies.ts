import { z } from 'zod';
import type { CheckupDefinition } from '../../checkups/checkup.js';
import { addressText } from '../../shared/address.js';
import { metricSchema } from '../../checkups/checkups.events.js';
import type { ManagedBy } from '../../definitions/managed-by.js';
import type { Knowledge } from '../../checkups/freshness.js';
import type { CheckupResultRow, CheckupStatusRow } from '../../checkups/views/checkup-status/checkup-status.entity.js';
import { managedBy, moment, onServer, status, type Body } from '../bodies.js';
import { base } from '../route.js';

export const resultSchema = z.object({
  time: moment,
  status,
  summary: z.string(),
  metrics: z.array(metricSchema),
});

export const checkupSchema = z.object({
  id: z.string().describe('`<site>.<server>.<name>`'),
  ...onServer,
  name: z.string(),
  address: z.string().describe('`<site>/<server>/<name>`: what tells it from every other check-up'),
  title: z.string(),
  managedBy,
  plugin: z.string().nullable().describe('null: not run by Wardround; results are sent to POST /api/v1/events'),
  every: z.string().nullable().describe('Interval such as `1m`; null if a cron line is used'),
  at: z.string().nullable().describe('Cron line; null if an interval is used'),
  timeZone: z.string().nullable().describe("Time zone of `at`; null: the computer's"),
  status: status.describe('The current status: unknown if the newest result is too old'),
  because: z
    .enum(['looked', 'never-looked', 'overdue', 'clock-wrong'])
    .describe('The reason for the status; `clock-wrong`: the newest result is dated in the future'),
  newest: resultSchema
    .extend({
      since: moment.describe('Since when the result has had this status'),
      details: z.string(),
      durationMs: z.number(),
    })
    .nullable()
    .describe('The newest result, regardless of its age'),
  href: z.string().describe('Its history'),
});

export const historicResultSchema = resultSchema.extend({ eventId: z.string() });

export const checkupRunSchema = resultSchema.extend({
  id: z.string(),
  details: z.string(),
  durationMs: z.number(),
  href: z.string().describe('Its history'),
});

/** The address of a check-up's history. */
export function historyHref(checkupId: string): string {
  return `${base}/checkups/${encodeURIComponent(checkupId)}/history`;
}

interface Defined<Definition> {
  readonly site: string;
  readonly server: string;
  readonly name: string;
  readonly definition: Definition;
  readonly managedBy: ManagedBy;
}

export function checkupBody(
  id: string,
  { site, server, name, definition, managedBy }: Defined<CheckupDefinition>,
  newest: CheckupStatusRow | null,
  { status, because }: Knowledge,
): Body<typeof checkupSchema> {
  return {
    id,
    site,
    server,
    name,
    address: addressText({ site, server, name }),
    title: definition.title ?? name,
    managedBy,
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

export function historicResultBody(row: CheckupResultRow): Body<typeof historicResultSchema> {
  return { ...resultBody(row), eventId: row.eventId };
}

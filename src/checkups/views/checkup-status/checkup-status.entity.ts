import { EntitySchema } from 'typeorm';
import type { CheckupStatus } from '../../checkup.js';
import type { Metric } from '../../checkups.events.js';
import { json, key, real, text } from '../../../store/columns.js';

/** The newest result of a check-up. */
export interface CheckupStatusRow {
  /** `<site>.<server>.<checkup>`. */
  id: string;
  site: string;
  server: string;
  checkup: string;
  plugin: string;
  status: CheckupStatus;
  summary: string;
  details: string;
  metrics: readonly Metric[];
  /** RFC 3339, when it was looked at, as was stated. */
  time: string;
  /** RFC 3339, when the result was recorded: by this it is told whether it is fresh. */
  recordedAt: string;
  /** Since when the status is this one. */
  since: string;
  durationMs: number;
}

export const checkupStatusTable = new EntitySchema<CheckupStatusRow>({
  name: 'checkup_status',
  columns: {
    id: key,
    site: text,
    server: text,
    checkup: text,
    plugin: text,
    status: text,
    summary: { type: 'text' },
    details: { type: 'text' },
    metrics: json,
    time: text,
    recordedAt: text,
    since: text,
    durationMs: real,
  },
});

/** One result of a check-up. */
export interface CheckupResultRow {
  checkupId: string;
  time: string;
  /** The event's id: two results may carry the same time. */
  eventId: string;
  status: CheckupStatus;
  summary: string;
  metrics: readonly Metric[];
}

export const checkupResultTable = new EntitySchema<CheckupResultRow>({
  name: 'checkup_results',
  columns: { checkupId: key, time: key, eventId: key, status: text, summary: { type: 'text' }, metrics: json },
});

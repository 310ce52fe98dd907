import { z } from 'zod';
import type { AlarmRow } from '../../rules/views/alarms/alarms.entity.js';
import { severities } from '../../shared/severity.js';
import { moment, onServer, type Body } from '../bodies.js';

export const alarmSchema = z.object({
  alarmId: z.string(),
  rule: z.string(),
  ...onServer,
  subject: z
    .object({ kind: z.enum(['job', 'checkup', 'server']), name: z.string() })
    .describe(
      'What the alarm is about; a rule has at most one open alarm for each subject. `server`: raised by an older version',
    ),
  state: z.enum(['raised', 'acknowledged', 'cleared']),
  severity: z.enum(severities),
  title: z.string(),
  advice: z.string(),
  summary: z.string().describe('The reason: the value, the line, the time without success'),
  because: z.string().describe('The reason, as a keyword'),
  since: moment.describe('Start of the condition'),
  raisedAt: moment,
  acknowledgedAt: moment.nullable(),
  acknowledgedBy: z.string().nullable(),
  note: z.string().nullable(),
  clearedAt: moment.nullable(),
  clearedBecause: z.string().nullable(),
});

export function alarmBody(row: AlarmRow): Body<typeof alarmSchema> {
  const { alarmId, rule, site, server, severity, title, advice, summary, because, since, raisedAt } = row;
  const subject = { kind: row.subjectKind, name: row.subjectName };
  const { acknowledgedAt, acknowledgedBy, note, clearedAt, clearedBecause } = row;
  return {
    ...{ alarmId, rule, site, server, subject, severity, title, advice, summary, because, since, raisedAt },
    ...{ acknowledgedAt, acknowledgedBy, note, clearedAt, clearedBecause },
    state: clearedAt ? 'cleared' : acknowledgedAt ? 'acknowledged' : 'raised',
  };
}

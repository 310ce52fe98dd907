import { EntitySchema } from 'typeorm';
import type { Severity } from '../../../shared/severity.js';
import type { AlarmSubject } from '../../alarm-subject.js';
import { key, optionalText, text } from '../../../store/columns.js';

/** One raised error status on one job or check-up of a server, open until `clearedAt`. */
export interface AlarmRow {
  alarmId: string;
  rule: string;
  site: string;
  server: string;
  subjectKind: AlarmSubject['kind'];
  subjectName: string;
  severity: Severity;
  title: string;
  advice: string;
  summary: string;
  because: string;
  /** RFC 3339: since when the condition holds, and when the alarm was raised. */
  since: string;
  raisedAt: string;
  acknowledgedAt: string | null;
  acknowledgedBy: string | null;
  note: string | null;
  clearedAt: string | null;
  clearedBecause: string | null;
}

export const alarmTable = new EntitySchema<AlarmRow>({
  name: 'alarms',
  columns: {
    alarmId: key,
    rule: text,
    site: text,
    server: text,
    subjectKind: text,
    subjectName: text,
    severity: text,
    title: text,
    advice: { type: 'text' },
    summary: { type: 'text' },
    because: text,
    since: text,
    raisedAt: text,
    acknowledgedAt: optionalText,
    acknowledgedBy: optionalText,
    note: { type: 'text', nullable: true },
    clearedAt: optionalText,
    clearedBecause: optionalText,
  },
});

import type { AlarmRecord } from './alarm-record.js';
import { fromIso } from '../../../shared/instant.js';
import { oneLine } from '../../plain-text.js';
import type { Reader } from '../occasion.js';
import { alarmWords } from './alarm-words.js';

/** An alarm as a template shows it. Flags are `yes` or empty. */
export interface AlarmModel {
  readonly severity: string;
  readonly isCritical: string;
  readonly title: string;
  readonly server: string;
  readonly site: string;
  /** The job or check-up; empty if it is about the whole server. */
  readonly subject: string;
  readonly summary: string;
  readonly advice: string;
  readonly since: string;
  readonly shortSince: string;
  /** Empty while it is open. */
  readonly cleared: string;
  readonly held: string;
  /** `yes` if it was cleared because its condition ended, and not because no one looks any more. */
  readonly conditionEnded: string;
  readonly clearedBecause: string;
  readonly acknowledged: string;
  readonly note: string;
}

/** @param record all that the log says; texts from outside come out as single lines */
export function alarmModel(record: AlarmRecord, { locale, formats }: Reader): AlarmModel {
  const say = alarmWords[locale];
  const { raised, acknowledged, cleared } = record;
  const { data } = raised;
  // eslint-disable-next-line no-restricted-syntax -- how long it held is shown, and decides no order
  const held = cleared === null ? null : Math.max(0, fromIso(cleared.time) - fromIso(data.since));
  return {
    severity: say.severities[data.severity],
    isCritical: data.severity === 'critical' ? 'yes' : '',
    title: oneLine(data.title),
    server: oneLine(record.serverTitle),
    site: oneLine(data.site),
    subject: oneLine(record.subjectTitle),
    summary: oneLine(data.summary),
    advice: oneLine(data.advice),
    since: formats.moment(data.since),
    shortSince: formats.shortMoment(data.since),
    cleared: cleared === null ? '' : formats.moment(cleared.time),
    held: held === null ? '' : formats.duration(held),
    conditionEnded: cleared?.data.because === 'condition-ended' ? 'yes' : '',
    clearedBecause: cleared === null ? '' : say.clearedBecause[cleared.data.because],
    acknowledged: acknowledged === null ? '' : formats.moment(acknowledged.time),
    note: oneLine(acknowledged?.data.note ?? ''),
  };
}

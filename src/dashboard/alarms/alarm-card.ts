import type { AlarmRow } from '../../rules/views/alarms/alarms.entity.js';
import type { Severity } from '../../shared/severity.js';
import type { Ward } from '../../ward/ward.js';
import { count, moment, optionalMoment, type Count, type Here, type Moment } from '../humanise.js';
import { callsForSomeone } from '../overall.js';
import { serverTitles, type ServerTitles } from '../titles.js';

/** One alarm, open or past. */
export interface AlarmCard {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly summary: string;
  readonly advice: string;
  readonly server: string;
  readonly rule: string;
  readonly raisedAt: Moment;
  readonly since: Moment;
  /** True while it turns the board red and sounds. */
  readonly calls: boolean;
  readonly acknowledgedAt: Moment | null;
  /** Empty where no one is named. */
  readonly acknowledgedBy: string;
  readonly onTheBoard: boolean;
  readonly note: string;
  readonly clearedAt: Moment | null;
  readonly clearedBecause: string;
}

/** @param serverTitle what people call a server, by its site and name */
export function alarmCard(alarm: AlarmRow, serverTitle: ServerTitles, here: Here): AlarmCard {
  return {
    id: alarm.alarmId,
    severity: alarm.severity,
    title: alarm.title,
    summary: alarm.summary,
    advice: alarm.advice,
    server: serverTitle(alarm.site, alarm.server),
    rule: alarm.rule,
    raisedAt: moment(alarm.raisedAt, here),
    since: moment(alarm.since, here),
    calls: alarm.clearedAt === null && callsForSomeone(alarm),
    acknowledgedAt: optionalMoment(alarm.acknowledgedAt, here),
    acknowledgedBy: personIn(alarm.acknowledgedBy),
    onTheBoard: alarm.acknowledgedBy === 'board',
    note: alarm.note ?? '',
    clearedAt: optionalMoment(alarm.clearedAt, here),
    clearedBecause: alarm.clearedBecause ?? '',
  };
}

/** Whom an actor names: `cli:anna` is anna; the board and the API know no one by name yet. */
function personIn(actor: string | null): string {
  return actor?.startsWith('cli:') ? actor.slice('cli:'.length) : '';
}

/** Those that call for someone first, then critical before warning, then the newest. */
function byUrgency(alarms: readonly AlarmRow[]): AlarmRow[] {
  const urgency = (alarm: AlarmRow): number => (callsForSomeone(alarm) ? 0 : alarm.acknowledgedAt !== null ? 2 : 1);
  return [...alarms].sort((a, b) => urgency(a) - urgency(b) || b.raisedAt.localeCompare(a.raisedAt));
}

/** The open alarms, the most urgent first. */
export interface AlarmsPart {
  readonly alarms: readonly AlarmCard[];
  readonly openAlarms: Count;
}

export function alarmsPart(rows: Ward, here: Here): AlarmsPart {
  const titles = serverTitles(rows.servers);
  return {
    alarms: byUrgency(rows.alarms).map((alarm) => alarmCard(alarm, titles, here)),
    openAlarms: count(rows.alarms.length, here),
  };
}

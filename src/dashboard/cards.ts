import type { CheckupStatus } from '../checkups/checkup.js';
import type { Knowledge } from '../checkups/freshness.js';
import type { Metric } from '../checkups/checkups.events.js';
import type { Severity } from '../shared/severity.js';
import type { AlarmRow } from '../rules/views/alarms/alarms.entity.js';
import type { Chart } from './chart.js';
import { metricLabel, metricText, moment, nameAsTitle, optionalMoment, type Here, type Moment } from './humanise.js';
import { callsForSomeone } from './overall.js';
import type { CheckupRows } from '../ward/ward.js';

/** One check-up on the board. */
export interface CheckupCard {
  readonly id: string;
  readonly title: string;
  readonly status: CheckupStatus;
  /** `overdue`: the newest result is too old to count, nobody has looked since `lookedAt`. */
  readonly because: Knowledge['because'];
  /** What was said when somebody last looked; empty before the first time. */
  readonly summary: string;
  readonly details: string;
  readonly value: string;
  readonly valueLabel: string;
  /** The measured values besides the first. */
  readonly others: readonly { readonly label: string; readonly value: string }[];
  readonly lookedAt: Moment | null;
  readonly since: Moment | null;
  /** Null before the first result, and where it cannot be drawn. */
  readonly chart: Chart | null;
  /** Whether there should be a chart, and it cannot be drawn. */
  readonly chartFailed: boolean;
  /** Whether it can be run from here. */
  readonly runnable: boolean;
}

/** @param chart null where it cannot be drawn, undefined where none is wanted */
export function checkupCard(rows: CheckupRows, chart: Chart | null | undefined, here: Here): CheckupCard {
  const { definition, newest } = rows;
  const [first, ...others] = newest?.metrics ?? [];
  const shown = (metric: Metric): { label: string; value: string } => ({
    label: metricLabel(metric.name),
    value: metricText(metric.value, metric.unit, here),
  });
  return {
    id: rows.id,
    title: definition.title ?? nameAsTitle(definition.name),
    status: rows.now.status,
    because: rows.now.because,
    summary: newest?.summary ?? '',
    details: newest?.details ?? '',
    value: first ? shown(first).value : '',
    valueLabel: first ? shown(first).label : '',
    others: others.slice(0, 12).map(shown),
    lookedAt: optionalMoment(newest?.time ?? null, here),
    since: optionalMoment(newest?.since ?? null, here),
    chart: newest ? (chart ?? null) : null,
    chartFailed: newest !== null && chart === null,
    runnable: here.duties.runsCheckups && definition.plugin !== undefined,
  };
}

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
  /** Empty where nobody is named. */
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

/** Whom an actor names: `cli:anna` is anna; the board and the API know nobody by name yet. */
function personIn(actor: string | null): string {
  return actor?.startsWith('cli:') ? actor.slice('cli:'.length) : '';
}

export type ServerTitles = (site: string, server: string) => string;

/** The titles of servers, with the name itself for one that has none, or is not there any more. */
export function serverTitles(
  servers: readonly { readonly site: string; readonly server: string; readonly title: string | null }[],
): ServerTitles {
  const titles = new Map(servers.map(({ site, server, title }) => [`${site}.${server}`, title]));
  return (site, server) => titles.get(`${site}.${server}`) ?? nameAsTitle(server);
}

/** Those that call for someone first, then critical before warning, then the newest. */
export function byUrgency(alarms: readonly AlarmRow[]): AlarmRow[] {
  const urgency = (alarm: AlarmRow): number => (callsForSomeone(alarm) ? 0 : alarm.acknowledgedAt !== null ? 2 : 1);
  return [...alarms].sort((a, b) => urgency(a) - urgency(b) || b.raisedAt.localeCompare(a.raisedAt));
}

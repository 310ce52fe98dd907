import type { CheckupStatus } from '../../checkups/checkup.js';
import type { Metric } from '../../checkups/checkups.events.js';
import type { Knowledge } from '../../checkups/freshness.js';
import { managerText } from '../../definitions/managed-by.js';
import type { CheckupRows } from '../../ward/ward.js';
import { metricLabel, metricText, nameAsTitle, optionalMoment, type Here, type Moment } from '../humanise.js';
import type { Chart } from './chart.js';

/** One check-up on the board. */
export interface CheckupCard {
  readonly id: string;
  readonly title: string;
  /** Who manages its definition. */
  readonly manager: string;
  readonly status: CheckupStatus;
  /** `overdue`: the newest result is too old to count, no one has looked since `lookedAt`. */
  readonly because: Knowledge['because'];
  /** What was said when someone last looked; empty before the first time. */
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
    manager: managerText(rows.managedBy),
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

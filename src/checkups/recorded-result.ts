import { storableText } from '../shared/storable-text.js';
import type { CheckupStatus } from './checkup.js';
import type { Metric } from './checkups.events.js';

/** What a plugin found, as it gave it back. */
export interface Finding {
  readonly status: CheckupStatus;
  readonly summary: string;
  readonly details?: string;
  readonly metrics?: readonly Metric[];
}

export interface RecordedResult {
  readonly status: CheckupStatus;
  readonly summary: string;
  readonly details: string;
  readonly metrics: Metric[];
}

const summaryLength = 1_000;
const detailsLength = 64_000;

/**
 * What the event keeps of a finding: a summary of one line, and under details whatever else the plugin said. A plugin that
 * says more than an event holds is cut, since its status matters more than its last words; and a character that a database
 * does not hold is replaced. Of metrics with the same name the first one counts.
 * @param lines that the plugin logged and printed
 */
export function recordedResult(finding: Finding, lines: readonly string[]): RecordedResult {
  const [first = '', ...rest] = finding.summary.trim().split(/\r?\n/);
  const summary = cut(first || `${finding.status} (no summary)`, summaryLength);
  const { metrics, doubled } = firstOfEach(finding.metrics ?? []);
  const said = doubled.map((name) => `The metric ${name} was reported more than once; the first value is used`);
  const details = [...rest, ...(finding.details === undefined ? [] : [finding.details]), ...said, ...lines].join('\n');
  return {
    status: finding.status,
    summary,
    details: cut(details, detailsLength),
    metrics,
  };
}

/** Anyone who asks for a metric by its name gets one: a second one of that name is omitted. */
function firstOfEach(given: readonly Metric[]): { readonly metrics: Metric[]; readonly doubled: readonly string[] } {
  const metrics = new Map<string, Metric>();
  const doubled = new Set<string>();
  for (const metric of given.map(storableMetric)) {
    if (metrics.has(metric.name)) doubled.add(metric.name);
    else metrics.set(metric.name, metric);
  }
  return { metrics: [...metrics.values()], doubled: [...doubled] };
}

function storableMetric(metric: Metric): Metric {
  const { name, unit, warn, critical } = metric;
  return {
    ...metric,
    ...{ name: storableText(name), unit: storableText(unit) },
    ...(warn === undefined ? {} : { warn: storableText(warn) }),
    ...(critical === undefined ? {} : { critical: storableText(critical) }),
  };
}

function cut(text: string, length: number): string {
  const storable = storableText(text);
  return storable.length > length ? `${storable.slice(0, length - 1)}…` : storable;
}

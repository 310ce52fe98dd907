import type { EventOf } from '../event-log/event-types.js';
import type { checkupCompleted } from '../checkups/checkups.events.js';
import { effectiveTime } from '../shared/log-time.js';
import type { Observation } from './judge.js';
import type { MetricCondition } from './rule.js';

/** What a check-up's result shows of a condition on one of its metrics. A result without the metric shows nothing. */
export function observeMetric(when: MetricCondition, event: EventOf<typeof checkupCompleted>): Observation {
  const metric = event.data.metrics.find(({ name }) => name === when.metric);
  if (!metric) return { shows: 'nothing' };
  const breach = breachOf(when, metric.value);
  if (!breach) return { shows: 'not-holding' };
  const withUnit = (value: number) => (metric.unit ? `${rounded(value)} ${metric.unit}` : rounded(value));
  const held = when.for === undefined ? '' : ` for at least ${when.for}`;
  return {
    shows: 'holding',
    because: 'condition-held',
    since: effectiveTime(event),
    summary: `${when.checkup}: ${when.metric} is ${withUnit(metric.value)}, ${breach.side} ${withUnit(breach.limit)}${held}`,
    evidence: [event.id],
  };
}

function breachOf({ below, above }: MetricCondition, value: number): { side: 'below' | 'above'; limit: number } | null {
  if (below !== undefined && value < below) return { side: 'below', limit: below };
  if (above !== undefined && value > above) return { side: 'above', limit: above };
  return null;
}

function rounded(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

import { z } from 'zod';
import { checkupCompleted, checkupRetired } from '../../checkups/checkups.events.js';
import { namedThingFaults } from '../../definitions/checking/named-things.js';
import { draftOf, draftText } from '../../definitions/checking/draft.js';
import type { EventOf } from '../../event-log/event-types.js';
import { effectiveTime, isHistory, logTime, type LogTime } from '../../shared/log-time.js';
import { addressPatternSchema, nameIn, parsePattern } from '../../shared/address.js';
import { durationSchema } from '../../shared/schedule.js';
import { instantSchema } from '../alarm-state.js';
import { defineCondition, type EventSight, type Finding } from './condition.js';
import { storedMap, withEntry, withoutEntry } from './stored-map.js';

const schema = z
  .strictObject({
    checkup: addressPatternSchema.describe(
      'A check-up: <name> means every check-up of that name, <server>/<name> or <site>/<server>/<name> that one',
    ),
    metric: z.string().min(1).max(100),
    below: z.number().optional(),
    above: z.number().optional(),
    for: durationSchema.optional().describe('How long it must hold before the alarm is raised; default: immediately'),
  })
  .refine((condition) => (condition.below === undefined) !== (condition.above === undefined), {
    message: 'needs either `below` or `above`, and not both',
  });
type When = z.infer<typeof schema>;

/** The result of each check-up that was judged last. */
type Judged = ReadonlyMap<string, LogTime>;
const fresh: Judged = new Map();

/** A value of a check-up's result is below or above a limit. */
export const metricCondition = defineCondition({
  key: 'metric',
  schema,
  because: 'condition-held',
  draft: draftOf({ checkup: draftText }),
  faults: ({ checkup: text }, path, context) =>
    namedThingFaults({ text, kind: 'checkup', what: 'check-up' }, [...path, 'checkup'], context),
  concerns: ({ checkup }) => parsePattern(checkup),
  subject: ({ checkup }) => ({ kind: 'checkup', name: nameIn(checkup) }),
  index: ({ checkup, metric }) => metricKey(nameIn(checkup), metric),
  hears: [checkupCompleted, checkupRetired],
  shows: (event, sight) =>
    event.type === 'checkup.completed'
      ? resultShows(event, sight)
      : { memory: withoutEntry(sight.memory, event.data.checkup), shown: [] },
  clock: null,
  memory: {
    name: 'judged',
    fresh,
    stored: storedMap(z.strictObject({ at: instantSchema, recordedAt: instantSchema })),
    encode: (judged) => [...judged],
    serverRetired: (judged) => judged,
  },
});

/** A result that comes late, older than the one judged last, is history: it changes no alarm, as it changes no status. */
function resultShows(event: EventOf<typeof checkupCompleted>, { memory, rules }: EventSight<When, Judged>) {
  const { checkup, metrics } = event.data;
  const seen = logTime(event);
  if (isHistory(seen, memory.get(checkup) ?? null)) return { memory, shown: [] };
  const shown = [...new Set(metrics.map(({ name }) => name))]
    .flatMap((metric) => rules(metricKey(checkup, metric)))
    .map((rule) => ({
      rule,
      subject: { kind: 'checkup' as const, name: checkup },
      finding: findingOf(rule.when, event),
    }));
  return { memory: withEntry(memory, checkup, seen), shown };
}

/** What a result shows of a condition on one of its metrics. A result without the metric shows nothing. */
function findingOf(when: When, event: EventOf<typeof checkupCompleted>): Finding {
  const metric = event.data.metrics.find(({ name }) => name === when.metric);
  if (!metric) return { shows: 'nothing' };
  const breach = breachOf(when, metric.value);
  if (!breach) return { shows: 'not-holding' };
  const withUnit = (value: number) => (metric.unit ? `${rounded(value)} ${metric.unit}` : rounded(value));
  const held = when.for === undefined ? '' : ` for at least ${when.for}`;
  return {
    shows: 'holding',
    since: effectiveTime(event),
    summary: `${event.data.checkup}: ${when.metric} is ${withUnit(metric.value)}, ${breach.side} ${withUnit(breach.limit)}${held}`,
    evidence: [event.id],
  };
}

function breachOf({ below, above }: When, value: number): { side: 'below' | 'above'; limit: number } | null {
  if (below !== undefined && value < below) return { side: 'below', limit: below };
  if (above !== undefined && value > above) return { side: 'above', limit: above };
  return null;
}

function rounded(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

/** No name of ours contains a line feed. */
function metricKey(checkup: string, metric: string): string {
  return `${checkup}\n${metric}`;
}

import type { EventId } from './alarm-state.js';
import type { AbsenceCondition, Condition, MetricCondition, ProtocolLineCondition, RuleDefinition } from './rule.js';

/** A rule as it is defined now. */
export interface Rule<When extends Condition = Condition> extends Omit<RuleDefinition, 'when'> {
  readonly when: When;
  /** The `rule.defined` event since which this condition stands; a new title leaves it as it was. */
  readonly conditionSetBy: EventId;
}

export function isMetricRule(rule: Rule): rule is Rule<MetricCondition> {
  return 'metric' in rule.when;
}

export function isLineRule(rule: Rule): rule is Rule<ProtocolLineCondition> {
  return 'protocolLine' in rule.when;
}

export function isAbsenceRule(rule: Rule): rule is Rule<AbsenceCondition> {
  return 'noSuccessOf' in rule.when;
}

interface Index {
  readonly metrics: ReadonlyMap<string, readonly Rule<MetricCondition>[]>;
  readonly lines: ReadonlyMap<string, readonly Rule<ProtocolLineCondition>[]>;
  readonly linesOfAnyJob: readonly Rule<ProtocolLineCondition>[];
  readonly absences: ReadonlyMap<string, readonly Rule<AbsenceCondition>[]>;
}

/**
 * All rules, found by what they listen to: an event costs as much as the rules that it concerns, however many there are.
 * Never changed; `with` and `without` give another book.
 */
export class RuleBook {
  private index: Index | null = null;

  constructor(private readonly rules: ReadonlyMap<string, Rule> = new Map()) {}

  /** By name, so that the order of decisions does not depend on that of definitions. */
  get all(): readonly Rule[] {
    return [...this.rules.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): Rule | undefined {
    return this.rules.get(name);
  }

  with(rule: Rule): RuleBook {
    return new RuleBook(new Map(this.rules).set(rule.name, rule));
  }

  without(name: string): RuleBook {
    return new RuleBook(new Map([...this.rules].filter(([other]) => other !== name)));
  }

  onMetric(checkup: string, metric: string): readonly Rule<MetricCondition>[] {
    return this.indexed().metrics.get(metricKey(checkup, metric)) ?? [];
  }

  /** Rules on this job's lines, and those on every job's. */
  onLinesOf(job: string): readonly Rule<ProtocolLineCondition>[] {
    const { lines, linesOfAnyJob } = this.indexed();
    const own = lines.get(job);
    return own ? [...own, ...linesOfAnyJob] : linesOfAnyJob;
  }

  onAbsenceOf(job: string): readonly Rule<AbsenceCondition>[] {
    return this.indexed().absences.get(job) ?? [];
  }

  private indexed(): Index {
    this.index ??= indexOf(this.all);
    return this.index;
  }
}

function indexOf(rules: readonly Rule[]): Index {
  const lineRules = rules.filter(isLineRule);
  return {
    metrics: groupBy(rules.filter(isMetricRule), ({ when }) => metricKey(when.checkup, when.metric)),
    lines: groupBy(
      lineRules.filter(({ when }) => when.job !== undefined),
      ({ when }) => when.job ?? '',
    ),
    linesOfAnyJob: lineRules.filter(({ when }) => when.job === undefined),
    absences: groupBy(rules.filter(isAbsenceRule), ({ when }) => when.noSuccessOf),
  };
}

/** No name of ours contains a line feed. */
function metricKey(checkup: string, metric: string): string {
  return `${checkup}\n${metric}`;
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

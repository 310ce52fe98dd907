import type { EventId } from './alarm-state.js';
import { allConditions, type AnyConditionKind, type ConditionSet } from './condition-set.js';
import { isAt, type AddressPattern, type ServerAddress } from '../shared/address.js';
import type { RuleDefinition } from './rule.js';

/** A rule as it is defined now. */
export interface Rule extends Omit<RuleDefinition, 'when'> {
  readonly when: object;
  /** The `rule.defined` event since which this condition stands; a new title leaves it as it was. */
  readonly conditionSetBy: EventId;
}

/** A rule, and on which servers it counts. */
interface Entry {
  readonly rule: Rule;
  /** Null: on all. */
  readonly at: AddressPattern | null;
}

type Index = ReadonlyMap<AnyConditionKind, ReadonlyMap<string, readonly Entry[]>>;

/**
 * All rules, found by what they listen to: an event costs as much as the rules that it concerns, however many there are.
 * Never changed; `with` and `without` give another book.
 */
export class RuleBook {
  private index: Index | null = null;

  constructor(
    private readonly rules: ReadonlyMap<string, Rule> = new Map(),
    readonly conditions: ConditionSet = allConditions,
  ) {}

  /** By name, so that the order of decisions does not depend on that of definitions. */
  get all(): readonly Rule[] {
    return [...this.rules.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): Rule | undefined {
    return this.rules.get(name);
  }

  with(rule: Rule): RuleBook {
    return new RuleBook(new Map(this.rules).set(rule.name, rule), this.conditions);
  }

  without(name: string): RuleBook {
    return new RuleBook(new Map([...this.rules].filter(([other]) => other !== name)), this.conditions);
  }

  /** The rules that count on a server whose condition is of a kind and has a key in its index, by name. */
  rulesOn(kind: AnyConditionKind, key: string, server: ServerAddress): readonly Rule[] {
    this.index ??= indexOf(this.all, this.conditions);
    const entries = this.index.get(kind)?.get(key) ?? [];
    return entries.filter(({ at }) => at === null || isAt(at, server)).map(({ rule }) => rule);
  }
}

function indexOf(rules: readonly Rule[], conditions: ConditionSet): Index {
  return new Map(
    conditions.kinds.map((kind) => [
      kind,
      groupBy(
        rules
          .filter(({ when }) => conditions.kindOf(when) === kind)
          .map((rule): Entry => ({ rule, at: kind.concerns?.(rule.when) ?? null })),
        ({ rule: { when } }) => kind.index(when),
      ),
    ]),
  );
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

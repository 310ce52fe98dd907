import type { EventId } from './alarm-state.js';
import { allConditions, type AnyConditionKind, type ConditionSet } from './condition-set.js';
import { groupedBy } from '../shared/grouped-by.js';
import { isAt, type AddressPattern, type ServerAddress } from '../shared/address.js';
import type { RuleDefinition } from './rule.js';

/** A rule as it is defined now. */
export interface Rule extends Omit<RuleDefinition, 'when'> {
  readonly when: object;
  /** The `rule.defined` event since which this condition stands; a new title leaves it as it was. */
  readonly conditionSetBy: EventId;
}

/** The rules under one key, by name, and those of them that count on some servers only. */
interface Entries {
  readonly rules: readonly Rule[];
  readonly only: ReadonlyMap<Rule, AddressPattern>;
}

type Index = ReadonlyMap<AnyConditionKind, ReadonlyMap<string, Entries>>;

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
    const entries = this.index.get(kind)?.get(key);
    if (!entries) return [];
    const { rules, only } = entries;
    // The usual case costs nothing more: no rule under the key is narrowed to some servers.
    return only.size === 0 ? rules : rules.filter((rule) => isAt(only.get(rule) ?? everywhere, server));
  }
}

const everywhere = { site: null, server: null };

function indexOf(rules: readonly Rule[], conditions: ConditionSet): Index {
  return new Map(
    conditions.kinds.map((kind) => {
      const ofKind = rules.filter(({ when }) => conditions.kindOf(when) === kind);
      const byKey = groupedBy(ofKind, ({ when }) => kind.index(when));
      return [kind, new Map([...byKey].map(([key, some]) => [key, entriesOf(some, kind)] as const))];
    }),
  );
}

function entriesOf(rules: readonly Rule[], kind: AnyConditionKind): Entries {
  const only = rules.flatMap((rule) => {
    const at = kind.concerns?.(rule.when) ?? null;
    return at === null || (at.site === null && at.server === null) ? [] : [[rule, at] as const];
  });
  return { rules, only: new Map(only) };
}

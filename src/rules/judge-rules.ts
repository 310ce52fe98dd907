import type { EventOf } from '../event-log/event-types.js';
import { ruleDefined, ruleRetired } from './rules.events.js';
import { effectiveTime } from '../shared/log-time.js';
import { parseServerKey } from '../shared/names.js';
import type { AlarmDecision } from './alarm-decision.js';
import type { ClearReason } from './judge.js';
import type { RuleBook } from './rule-book.js';
import { placesOfRule } from './alarm-place.js';
import type { ServerState } from './server-state.js';
import { endAt, unchanged } from './step.js';

export const ruleEventTypes = [ruleDefined, ruleRetired] as const;
export type RuleChange = EventOf<(typeof ruleEventTypes)[number]>;

export interface RulesChanged {
  readonly book: RuleBook;
  /** Only the servers that it changed, by key. */
  readonly servers: ReadonlyMap<string, ServerState>;
  readonly decisions: readonly AlarmDecision[];
}

/**
 * What a definition changes: the book, and the servers on which the rule has anything. A new title, severity or advice
 * leaves an open alarm as it was raised; another condition starts again.
 */
export function judgeRuleChange(
  book: RuleBook,
  servers: ReadonlyMap<string, ServerState>,
  event: RuleChange,
): RulesChanged {
  const { rule: name } = event.data;
  const known = book.get(name);
  switch (event.type) {
    case 'rule.defined': {
      const { definition } = event.data;
      const same = known !== undefined && sameCondition(known.when, definition.when);
      const rule = { ...definition, name, conditionSetBy: same ? known.conditionSetBy : event.id };
      const ended = known && !same ? endEverywhere(servers, name, event, 'rule-changed') : nothing;
      return { book: book.with(rule), ...ended };
    }
    case 'rule.retired':
      return { book: book.without(name), ...endEverywhere(servers, name, event, 'rule-retired') };
  }
}

const nothing: Omit<RulesChanged, 'book'> = { servers: new Map(), decisions: [] };

function endEverywhere(
  servers: ReadonlyMap<string, ServerState>,
  rule: string,
  event: RuleChange,
  because: ClearReason,
): Omit<RulesChanged, 'book'> {
  const changed = new Map<string, ServerState>();
  const decisions: AlarmDecision[] = [];
  for (const [key, server] of [...servers].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const address = parseServerKey(key);
    const places = placesOfRule(server.alarms, rule);
    if (!address || places.length === 0) continue;
    const scene = { ...address, now: effectiveTime(event), cause: event.id };
    const step = places.reduce((next, place) => endAt(next, scene, place, because), unchanged(server));
    changed.set(key, step.server);
    decisions.push(...step.decisions);
  }
  return { servers: changed, decisions };
}

/** Conditions are flat, and the order in which someone wrote their keys says nothing. */
function sameCondition(a: object, b: object): boolean {
  const entries = new Map<string, unknown>(Object.entries(a));
  const others: [string, unknown][] = Object.entries(b);
  return entries.size === others.length && others.every(([key, value]) => entries.get(key) === value);
}

import { allConditions } from './condition-set.js';
import { ruleDefinitionSchema } from './rule.js';

export interface RuleFault {
  /** Within the rule's definition, e.g. `['when', 'job']`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** All that is wrong with what someone wrote as a rule, whatever else is defined; empty if it can be defined. */
export function faultsOfRule(definition: unknown): readonly RuleFault[] {
  const parsed = ruleDefinitionSchema.safeParse(definition);
  if (parsed.success) return unusableIn(parsed.data.when);
  return parsed.error.issues.flatMap((issue) =>
    // A union says no more than that no form fits. The form that was meant says what is wrong with it.
    issue.code === 'invalid_union' && issue.path.length === 1 && issue.path[0] === 'when'
      ? faultsOfCondition(definition)
      : [{ path: plain(issue.path), message: issue.message }],
  );
}

function faultsOfCondition(definition: unknown): readonly RuleFault[] {
  const when = typeof definition === 'object' && definition !== null && 'when' in definition ? definition.when : null;
  const meant = (typeof when === 'object' && when !== null && allConditions.kindOf(when)) || allConditions.kinds[0];
  const parsed = meant?.schema.safeParse(when);
  return (parsed?.error?.issues ?? []).map(({ path, message }) => ({ path: ['when', ...plain(path)], message }));
}

function unusableIn(when: object): readonly RuleFault[] {
  const kind = allConditions.kindOf(when);
  return (kind?.unusable?.(when) ?? []).map(({ path, message }) => ({ path: ['when', ...path], message }));
}

function plain(path: readonly PropertyKey[]): (string | number)[] {
  return path.map((step) => (typeof step === 'symbol' ? String(step) : step));
}

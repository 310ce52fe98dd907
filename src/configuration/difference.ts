import type { NewEvent } from '../event-log/envelope.js';
import { definitionKinds, type DefinitionChange } from './apply-report.js';
import { canonicalJson } from './canonical-json.js';
import type { Configuration } from './configuration-file.js';
import { definedEvent, retiredEvent, type Stating } from './definition-events.js';
import { definitionsIn, type Definition } from './desired.js';

export interface Difference {
  /** To append, in this order: what goes, before what comes. Empty if the file says what is defined already. */
  readonly events: readonly NewEvent[];
  /** The same for people, in the same order. */
  readonly changes: readonly DefinitionChange[];
}

/**
 * What makes the definitions of now those of the file. What the file does not state is retired, on whichever site it is:
 * one file manages all that one installation defines.
 * @param defined what holds now, in the order in which it was defined
 */
export function difference(
  defined: readonly Definition[],
  configuration: Configuration,
  by: { readonly actor: string; readonly now: number },
): Difference {
  const stating: Stating = { ...by, site: configuration.site };
  const stated = definitionsIn(configuration);
  const statedKeys = new Set(stated.map(keyOf));
  const before = new Map(defined.map((definition) => [keyOf(definition), definition]));
  const gone = bottomUp(defined.filter((definition) => !statedKeys.has(keyOf(definition))));
  const come = stated.filter((definition) => !same(before.get(keyOf(definition)), definition));
  return {
    events: [
      ...gone.map((definition) => retiredEvent(definition, stating)),
      ...come.map((definition) => definedEvent(definition, stating)),
    ],
    changes: [
      ...gone.map((definition) => changeOf(definition, 'removed')),
      ...come.map((definition) => changeOf(definition, before.has(keyOf(definition)) ? 'changed' : 'added')),
    ],
  };
}

/** A server goes after what runs on it. */
function bottomUp(definitions: readonly Definition[]): readonly Definition[] {
  const rank = ({ kind }: Definition) => definitionKinds.indexOf(kind);
  return [...definitions].sort((a, b) => rank(b) - rank(a));
}

function same(before: Definition | undefined, stated: Definition): boolean {
  return before !== undefined && canonicalJson(before.definition) === canonicalJson(stated.definition);
}

function keyOf({ kind, site, server, name }: Definition): string {
  return [kind, site, server, name].join('\n');
}

function changeOf({ kind, server, name }: Definition, change: DefinitionChange['change']): DefinitionChange {
  const ofServer = kind === 'checkup' || kind === 'backup-job';
  return ofServer ? { kind, name, server, change } : { kind, name, change };
}

import type { NewEvent } from '../event-log/envelope.js';
import { canonicalJson } from './canonical-json.js';
import { definitionText, type Definition, type DefinitionKey } from './definition.js';
import { definedEvent, retiredEvent, type Stating } from './definition-events.js';
import type { DefinedKind } from './kind.js';

/** What becomes of one definition. */
export interface DefinitionChange {
  readonly kind: string;
  readonly name: string;
  /** For what belongs to a server, and is none itself. */
  readonly server?: string;
  readonly change: 'added' | 'changed' | 'removed';
}

export interface Difference {
  /** To append, in this order: what goes, before what comes. Empty if the file says what is defined already. */
  readonly events: readonly NewEvent[];
  /** The same for people, in the same order. */
  readonly changes: readonly DefinitionChange[];
}

/** The sections of a file, each as its schema hands it over, by their keys. */
export type Sections = Readonly<Record<string, unknown>>;

/** What a file states, kind after kind in the order of the list: servers come before what runs on them. */
export function definitionsIn(kinds: readonly DefinedKind[], site: string, sections: Sections): readonly Definition[] {
  const statedOf = (kind: DefinedKind) => kind.sections.flatMap(({ key, states }) => states(sections[key]));
  const first = kinds.filter(({ folder }) => folder === null).flatMap(statedOf)[0]?.name ?? '';
  return kinds.flatMap((kind) =>
    statedOf(kind).map(({ name, server, definition }): Definition => {
      const where = kind.scope === 'installation' ? { site: '', server: '' } : { site, server: server ?? first };
      return { kind: kind.name, ...where, ...(kind.folder === null ? { server: name } : {}), name, definition };
    }),
  );
}

/**
 * What makes the definitions of now those that are stated. What is not stated is retired, on whichever site it is: one
 * file manages all that one installation defines.
 * @param defined what holds now, in the order in which it was defined
 */
export function difference(
  kinds: readonly DefinedKind[],
  defined: readonly Definition[],
  stated: readonly Definition[],
  stating: Stating,
): Difference {
  const byName = new Map(kinds.map((kind) => [kind.name, kind]));
  const kindOf = ({ kind }: DefinitionKey): DefinedKind => {
    const found = byName.get(kind);
    if (!found) throw new TypeError(`there is no kind ${kind}`);
    return found;
  };
  const statedKeys = new Set(stated.map(definitionText));
  const before = new Map(defined.map((definition) => [definitionText(definition), definition]));
  const gone = bottomUp(
    kinds,
    defined.filter((definition) => !statedKeys.has(definitionText(definition))),
  );
  const come = stated.filter((definition) => !same(before.get(definitionText(definition)), definition));
  const changeOf = (definition: Definition, change: DefinitionChange['change']): DefinitionChange => {
    const { kind, name, server } = definition;
    const isOnServer = kindOf(definition).scope === 'server' && kindOf(definition).folder !== null;
    return isOnServer ? { kind, name, server, change } : { kind, name, change };
  };
  return {
    events: [
      ...gone.map((definition) => retiredEvent(kindOf(definition), definition, stating)),
      ...come.map((definition) => definedEvent(kindOf(definition), definition, stating)),
    ],
    changes: [
      ...gone.map((definition) => changeOf(definition, 'removed')),
      ...come.map((definition) => changeOf(definition, before.has(definitionText(definition)) ? 'changed' : 'added')),
    ],
  };
}

/** A server goes after what runs on it. */
function bottomUp(kinds: readonly DefinedKind[], definitions: readonly Definition[]): readonly Definition[] {
  const names = kinds.map(({ name }) => name);
  return [...definitions].sort((a, b) => names.indexOf(b.kind) - names.indexOf(a.kind));
}

function same(before: Definition | undefined, stated: Definition): boolean {
  return before !== undefined && canonicalJson(before.definition) === canonicalJson(stated.definition);
}

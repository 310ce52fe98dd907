import type { NewEvent } from '../event-log/envelope.js';
import { definitionText, type Definition, type DefinitionKey, type ManagedDefinition } from './definition.js';
import { definedEvent, retiredEvent, type Stating } from './definition-events.js';
import type { ServerAddress } from '../shared/address.js';
import { serverCalled } from './checking/file-addresses.js';
import type { Path } from './checking/problem.js';
import type { DefinedKind } from './kind.js';
import { isManagedBy, isSameDefinition, mayDefine, type OwnFile } from './own-file.js';
import type { StatedDefinition } from './section.js';

/** What becomes of one definition. */
export interface DefinitionChange {
  readonly kind: string;
  readonly name: string;
  /** Of a server, and of what belongs to one. */
  readonly site?: string;
  /** For what belongs to a server, and is none itself. */
  readonly server?: string;
  readonly change: 'added' | 'changed' | 'removed';
}

export interface Difference {
  /** To append, in this order: what goes, before what comes. Empty if the file says what is defined already. */
  readonly events: readonly NewEvent[];
  /** The same for people, in the same order. */
  readonly changes: readonly DefinitionChange[];
  /** What the file states otherwise than another manager, and therefore cannot change. */
  readonly conflicts: readonly Conflict[];
}

/** Something that the file states, with where. */
export interface StatedInFile extends Definition {
  readonly path: Path;
}

export interface Conflict {
  readonly stated: StatedInFile;
  readonly defined: ManagedDefinition;
}

/** As whom a file is applied. */
export interface Applying extends OwnFile {
  /** What another file manages is taken from it, as far as this one states it. */
  readonly takesOver: boolean;
}

/** The sections of a file, each as its schema hands it over, by their keys. */
export type Sections = Readonly<Record<string, unknown>>;

/**
 * What a file states, kind after kind in the order of the list: servers come before what runs on them.
 * @param site of the file: of each server that names no other
 */
export function definitionsIn(
  kinds: readonly DefinedKind[],
  site: string,
  sections: Sections,
): readonly StatedInFile[] {
  const statedOf = (kind: DefinedKind) =>
    kind.sections.flatMap(({ key, states }) =>
      states(sections[key]).map((one, index) => ({ ...one, path: [key, index] })),
    );
  const named = kinds.filter(({ folder }) => folder === null).flatMap(statedOf);
  const servers = named.map((server) => ({ site: server.site ?? site, server: server.name }));
  const whereOf = (kind: DefinedKind, one: StatedDefinition<unknown>): ServerAddress => {
    if (kind.scope === 'installation') return { site: '', server: '' };
    if (kind.folder === null) return { site: one.site ?? site, server: one.name };
    return serverCalled(one.server ?? null, servers) ?? { site, server: one.server ?? '' };
  };
  return kinds.flatMap((kind) =>
    statedOf(kind).map((one): StatedInFile => {
      const { name, definition, path } = one;
      return { kind: kind.name, ...whereOf(kind, one), name, definition, path };
    }),
  );
}

/**
 * What makes the definitions of now those that are stated. What is not stated is retired, on whichever site it is, if the file
 * manages it. What another manager has defined just so is left as it is.
 * @param defined what holds now, in the order in which it was defined
 */
export function difference(
  kinds: readonly DefinedKind[],
  defined: readonly ManagedDefinition[],
  stated: readonly StatedInFile[],
  stating: Omit<Stating, 'manager'>,
  applying: Applying,
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
    defined.filter((one) => !statedKeys.has(definitionText(one)) && isManagedBy(applying, one.managedBy)),
  );
  const judged = stated.map((one) => {
    const now = before.get(definitionText(one));
    return { stated: one, now, becomes: becomesOf(now, one, applying) };
  });
  const come = judged.flatMap(({ stated: one, becomes }) => (becomes === 'defined' ? [one] : []));
  const changeOf = (definition: Definition, change: DefinitionChange['change']): DefinitionChange => {
    const { kind, name, site, server } = definition;
    const { scope, folder } = kindOf(definition);
    if (scope === 'installation') return { kind, name, change };
    return folder === null ? { kind, name, site, change } : { kind, name, site, server, change };
  };
  const byOwn = { ...stating, manager: applying.manager };
  return {
    events: [
      ...gone.map((definition) => retiredEvent(kindOf(definition), definition, byOwn)),
      ...come.map((definition) => definedEvent(kindOf(definition), definition, byOwn)),
    ],
    conflicts: judged.flatMap(({ stated: one, now, becomes }) =>
      becomes === 'conflict' && now ? [{ stated: one, defined: now }] : [],
    ),
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

/** What becomes of something that the file states. */
function becomesOf(
  now: ManagedDefinition | undefined,
  stated: Definition,
  applying: Applying,
): 'defined' | 'left' | 'conflict' {
  if (!now) return 'defined';
  const { managedBy } = now;
  const isTaken = applying.takesOver && managedBy.kind === 'file' && !isManagedBy(applying, managedBy);
  if (isSameDefinition(now, stated)) return isTaken ? 'defined' : 'left';
  return isTaken || mayDefine(applying, managedBy) ? 'defined' : 'conflict';
}

import type { EntityManager } from 'typeorm';
import { definitionTable, type DefinitionRow } from './definitions.entity.js';
import type { DefinedKind } from './kind.js';

/** A row of one kind. */
export type Defined<Definition> = Omit<DefinitionRow, 'definition'> & { definition: Definition };

/** What is defined of a kind: `DefinedOf<typeof backupJobKind>`. */
export type DefinedOf<Kind> = Kind extends DefinedKind<infer Definition> ? Defined<Definition> : never;

/** Places count per partition of the log: where there are several, two things may have the same. */
const inOrder = { place: 'ASC', kind: 'ASC', site: 'ASC', server: 'ASC', name: 'ASC' } as const;

/** What is defined now of one kind, in the order in which it was first defined. Definitions were checked when they were stated. */
export async function definitionsOf<Definition>(
  read: EntityManager,
  { name: kind }: DefinedKind<Definition>,
): Promise<Defined<Definition>[]> {
  const rows = await read.find(definitionTable, { where: { kind }, order: inOrder });
  return rows as Defined<Definition>[];
}

/** Everything that is defined now. */
export function allDefinitions(read: EntityManager): Promise<DefinitionRow[]> {
  return read.find(definitionTable, { order: inOrder });
}

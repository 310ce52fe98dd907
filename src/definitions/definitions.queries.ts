import type { Principal } from '../access/principal.js';
import type { EntityManager } from 'typeorm';
import { queryInScope } from '../store/in-scope.adapter.js';
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
  principal: Principal,
  read: EntityManager,
  { name: kind }: DefinedKind<Definition>,
): Promise<Defined<Definition>[]> {
  const rows = await queryInScope(principal, read, definitionTable, { where: { kind }, order: inOrder }).getMany();
  return rows as Defined<Definition>[];
}

/** Everything that is defined now. */
export function allDefinitions(principal: Principal, read: EntityManager): Promise<DefinitionRow[]> {
  return queryInScope(principal, read, definitionTable, { order: inOrder }).getMany();
}

import type { EntityManager } from 'typeorm';
import type { BackupJobDefinition } from '../backups/job.js';
import type { CheckupDefinition } from '../checkups/checkup.js';
import type { RecipientGroupDefinition, SmtpDefinition } from '../notifications/recipient-group.js';
import type { RuleDefinition } from '../rules/rule.js';
import type { ServerDefinition } from '../servers/server.js';
import { definitionTable, type DefinitionKind, type DefinitionRow } from './definitions.entity.js';

interface DefinitionOfKind {
  server: ServerDefinition;
  checkup: CheckupDefinition;
  'backup-job': BackupJobDefinition;
  rule: RuleDefinition;
  'recipient-group': RecipientGroupDefinition;
  channel: SmtpDefinition;
}

export type Defined<Kind extends DefinitionKind> = Omit<DefinitionRow, 'definition'> & {
  definition: DefinitionOfKind[Kind];
};

/** Places count per partition of the log: where there are several, two things may have the same. */
const inOrder = { place: 'ASC', kind: 'ASC', site: 'ASC', server: 'ASC', name: 'ASC' } as const;

/** What is defined now of one kind, in the order in which it was first defined. Definitions were checked when they were stated. */
export async function definitionsOf<Kind extends DefinitionKind>(
  read: EntityManager,
  kind: Kind,
): Promise<Defined<Kind>[]> {
  const rows = await read.find(definitionTable, { where: { kind }, order: inOrder });
  return rows as Defined<Kind>[];
}

/** Everything that is defined now. */
export function allDefinitions(read: EntityManager): Promise<DefinitionRow[]> {
  return read.find(definitionTable, { order: inOrder });
}

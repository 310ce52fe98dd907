import type { ManagedBy } from './managed-by.js';

/** What is defined, by its whole address. Site and server are empty for what holds for the whole installation. */
export interface DefinitionKey {
  readonly kind: string;
  readonly site: string;
  readonly server: string;
  readonly name: string;
}

/** Something that is, or shall be, defined. */
export interface Definition extends DefinitionKey {
  readonly definition: unknown;
}

/** Something that is defined, and who manages it. */
export interface ManagedDefinition extends Definition {
  readonly managedBy: ManagedBy;
}

export function definitionText({ kind, site, server, name }: DefinitionKey): string {
  return [kind, site, server, name].join('\n');
}

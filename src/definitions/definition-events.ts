import type { NewEvent } from '../event-log/envelope.js';
import { fact } from '../event-log/statement.js';
import type { Instant } from '../shared/instant.js';
import { definitionsKey, serverKey } from '../shared/names.js';
import type { Definition, DefinitionKey } from './definition.js';
import type { ManagedBy } from './managed-by.js';
import type { DefinedKind } from './kind.js';

/** Who states definitions, and when. */
export interface Stating {
  readonly manager: ManagedBy;
  /** The site of the configuration: it is the source of what holds for the whole installation. */
  readonly site: string;
  readonly actor: string;
  readonly now: Instant;
}

/** The event that something holds from now on. @throws ZodError if the definition is none. */
export function definedEvent(kind: DefinedKind, key: Definition, stating: Stating): NewEvent {
  const definition = kind.schema.parse(key.definition);
  return fact(kind.defined, {
    ...addressOf(kind, key, stating),
    data: { ...named(kind, key), definition, managedBy: stating.manager },
  });
}

/** The event that something holds no longer. */
export function retiredEvent(kind: DefinedKind, key: DefinitionKey, stating: Stating): NewEvent {
  return fact(kind.retired, { ...addressOf(kind, key, stating), data: named(kind, key) });
}

function named({ scope, nameField }: DefinedKind, { site, server, name }: DefinitionKey) {
  return scope === 'server' ? { site, server, [nameField]: name } : { [nameField]: name };
}

function addressOf({ scope, folder }: DefinedKind, { site, server, name }: DefinitionKey, stating: Stating) {
  const { actor, now } = stating;
  const within = (base: string): string => (folder === null ? base : `${base}/${folder}/${name}`);
  if (scope === 'installation') {
    const source = `/sites/${stating.site}/configuration`;
    return { source, subject: within(definitionsKey), partitionkey: definitionsKey, actor, now };
  }
  const key = serverKey(site, server);
  return { source: key, subject: within(key), partitionkey: key, actor, now };
}

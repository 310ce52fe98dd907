import type { Event } from '../event-log/envelope.js';
import type { DefinitionKey } from './definition.js';
import type { DefinitionRow } from './definitions.entity.js';
import { fileOfTheLog, managedBySchema, type ManagedBy } from './managed-by.js';
import type { DefinedKind } from './kind.js';

/** What an event states of one definition: that it holds from now on, or no longer. */
export interface DefinitionChange {
  readonly key: DefinitionKey;
  /** Undefined where the event retires it. */
  readonly definition: unknown;
  readonly managedBy: ManagedBy;
}

/** Reads the events of these kinds. */
export class DefinitionEvents {
  private readonly byType: ReadonlyMap<string, DefinedKind>;

  constructor(readonly kinds: readonly DefinedKind[]) {
    this.byType = new Map(kinds.flatMap((kind) => [kind.defined, kind.retired].map(({ type }) => [type, kind])));
  }

  /** Null if the event is about no definition. */
  changeOf({ type, data }: Pick<Event, 'type' | 'data'>): DefinitionChange | null {
    const kind = this.byType.get(type);
    if (!kind || typeof data !== 'object' || data === null) return null;
    const fields = new Map<string, unknown>(Object.entries(data));
    const text = (field: string): string => {
      const value = fields.get(field);
      return typeof value === 'string' ? value : '';
    };
    const ofServer = kind.scope === 'server';
    const key = {
      kind: kind.name,
      site: ofServer ? text('site') : '',
      server: ofServer ? text('server') : '',
      name: text(kind.nameField),
    };
    const managedBy = managedBySchema.safeParse(fields.get('managedBy')).data ?? fileOfTheLog;
    return { key, definition: type === kind.retired.type ? undefined : fields.get('definition'), managedBy };
  }
}

/** @param place of the event in the log: a count of our own would depend on how the log is cut into batches */
export function foldDefinition(
  row: DefinitionRow | undefined,
  { key, definition, managedBy }: DefinitionChange,
  at: string,
  place: number,
): DefinitionRow | undefined {
  if (definition === undefined) return undefined;
  return { ...key, definition, managedBy, definedAt: at, place: row?.place ?? place };
}

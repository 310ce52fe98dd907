import { EntitySchema } from 'typeorm';
import { json, key, large, text } from '../store/columns.js';
import type { ManagedBy } from './managed-by.js';

/** Something defined now. What was retired is not here any more. */
export interface DefinitionRow {
  kind: string;
  /** Site and server are empty for what holds for the whole installation. */
  site: string;
  server: string;
  name: string;
  /** RFC 3339, when this definition was stated. */
  definedAt: string;
  /** Grows in the order in which things were first defined: the offset of the event that did. */
  place: number;
  definition: unknown;
  managedBy: ManagedBy;
}

export const definitionTable = new EntitySchema<DefinitionRow>({
  name: 'definitions',
  columns: {
    kind: key,
    site: key,
    server: key,
    name: key,
    definedAt: text,
    place: large,
    definition: json,
    managedBy: json,
  },
});

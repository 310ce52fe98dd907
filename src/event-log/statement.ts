import type { z } from 'zod';
import { decisionId, factId } from '../shared/ids.js';
import { toIso, type Instant } from '../shared/instant.js';
import type { NewEvent } from './envelope.js';
import { dataSchemaUrn, type EventDefinition, type EventOf } from './event-types.js';

/** What the maker of an event says; the rest of the envelope follows from it. */
export interface Statement<Definition extends EventDefinition> {
  readonly data: z.input<Definition['data']>;
  readonly source: string;
  readonly subject: string;
  readonly partitionkey: string;
  /** When it happened. */
  readonly now: Instant;
  readonly actor?: string;
  readonly causationid?: string;
}

/** A fact someone states: its id is new. */
export function fact<Definition extends EventDefinition>(
  definition: Definition,
  statement: Statement<Definition>,
): NewEvent<EventOf<Definition>> {
  return envelope(definition, statement, factId(statement.now));
}

/** Something decided: its id follows from the type and the causes alone, so that a repeat is the same event. */
export function decision<Definition extends EventDefinition>(
  definition: Definition,
  causes: readonly string[],
  statement: Statement<Definition>,
): NewEvent<EventOf<Definition>> {
  return envelope(definition, statement, decisionId(definition.type, ...causes));
}

function envelope<Definition extends EventDefinition>(
  definition: Definition,
  { data, now, ...rest }: Statement<Definition>,
  id: string,
): NewEvent<EventOf<Definition>> {
  const event: NewEvent = {
    specversion: '1.0',
    id,
    type: definition.type,
    time: toIso(now),
    datacontenttype: 'application/json',
    dataschema: dataSchemaUrn(definition.type, definition.version),
    data: definition.data.parse(data),
    ...rest,
  };
  return event as NewEvent<EventOf<Definition>>;
}

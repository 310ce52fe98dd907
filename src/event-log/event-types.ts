import type { z } from 'zod';
import { WardroundError } from '../shared/errors.js';
import { envelopeSchema, type Event, type NewEvent } from './envelope.js';

/** One type of event: the newest version of its data, and how each older version becomes the next. */
export interface EventDefinition<Type extends string = string, Data extends z.ZodType = z.ZodType> {
  readonly type: Type;
  readonly version: number;
  readonly data: Data;
  /** `upcasts[1]` makes version 2 of version 1's data, and so on; complete from 1 to `version - 1`. */
  readonly upcasts: Readonly<Record<number, (old: unknown) => unknown>>;
}

export function defineEvent<Type extends string, Data extends z.ZodType>(
  type: Type,
  version: number,
  data: Data,
  upcasts: Readonly<Record<number, (old: unknown) => unknown>> = {},
): EventDefinition<Type, Data> {
  for (let old = 1; old < version; old++) {
    if (!upcasts[old]) throw new TypeError(`${type}: version ${version} needs an upcast from version ${old}`);
  }
  return { type, version, data, upcasts };
}

/** The event that a definition describes. */
export type EventOf<D> = D extends EventDefinition<infer Type, infer Data> ? Event<Type, z.infer<Data>> : never;

/** Narrows an event of the log: its data was checked when it was appended. */
export function isOneOf<D extends EventDefinition>(
  event: { readonly type: string },
  definitions: readonly D[],
): event is EventOf<D> {
  return definitions.some(({ type }) => type === event.type);
}

/** What a subscription or a query asks for. */
export function typesOf(definitions: readonly EventDefinition[]): readonly string[] {
  return definitions.map(({ type }) => type);
}

export function dataSchemaUrn(type: string, version: number): string {
  return `urn:wardround:event:${type}:v${version}`;
}

/** Knows every type of event: refuses what is none, and brings old versions up to date. */
export class EventTypes {
  private readonly byType: ReadonlyMap<string, EventDefinition & { readonly newestSchema: string }>;

  constructor(definitions: readonly EventDefinition[]) {
    this.byType = new Map(
      definitions.map((definition) => {
        const { type, version } = definition;
        return [type, { ...definition, newestSchema: dataSchemaUrn(type, version) }];
      }),
    );
    if (this.byType.size !== definitions.length) throw new TypeError('an event type is defined twice');
  }

  get all(): readonly EventDefinition[] {
    return [...this.byType.values()];
  }

  /** The faults of an event that someone wants to append; empty if it is right. */
  faultsOf(event: NewEvent): readonly string[] {
    const envelope = envelopeSchema.safeParse(event);
    if (!envelope.success) return envelope.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    const definition = this.byType.get(event.type);
    if (!definition) return [`type: "${event.type}" is not an event type`];
    const version = versionOf(event.dataschema);
    if (event.dataschema !== dataSchemaUrn(event.type, version)) {
      return [`dataschema: "${event.dataschema}" is not of the type ${event.type}`];
    }
    if (version > definition.version) {
      return [`dataschema: version ${version} of ${event.type} is newer than version ${definition.version} known here`];
    }
    const data = definition.data.safeParse(upcast(definition, version, event.data));
    if (data.success) return [];
    return data.error.issues.map((issue) => `${['data', ...issue.path].join('.')}: ${issue.message}`);
  }

  /**
   * The event with its data in the newest version. Its data is trusted as written: it was checked when appended.
   * @throws WardroundError `event-unreadable` if its type or version is not known to this program.
   */
  upcast(event: Event): Event {
    const definition = this.byType.get(event.type);
    if (definition && event.dataschema === definition.newestSchema) return event;
    const version = versionOf(event.dataschema);
    if (!definition || version > definition.version) {
      throw new WardroundError(
        'event-unreadable',
        `the log holds ${event.dataschema} (event ${event.id}), which this version of Wardround does not know`,
        'Start the version that wrote it, or a newer one',
      );
    }
    return {
      ...event,
      data: this.newestData(event.type, version, event.data),
      dataschema: definition.newestSchema,
    };
  }

  /** Data of a version of a known type, in the newest one. It is as right as it was. */
  newestData(type: string, version: number, data: unknown): unknown {
    const definition = this.byType.get(type);
    return definition ? upcast(definition, version, data) : data;
  }
}

function upcast(definition: EventDefinition, from: number, data: unknown): unknown {
  let current = data;
  for (let version = from; version < definition.version; version++) current = definition.upcasts[version]?.(current);
  return current;
}

/** The version that a `dataschema` names; NaN if it names none. */
export function versionOf(dataschema: string): number {
  return Number(/:v([1-9][0-9]*)$/.exec(dataschema)?.[1] ?? Number.NaN);
}

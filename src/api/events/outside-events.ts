import { z } from 'zod';
import { eventTypes } from '../../capabilities.js';
import { checkupCompleted } from '../../checkups/checkups.events.js';
import { decisionSources, type NewEvent } from '../../event-log/envelope.js';
import { dataSchemaUrn, versionOf, type EventDefinition } from '../../event-log/event-types.js';
import { fromIso, toIso, type Instant } from '../../shared/instant.js';
import { parseServerKey, serverKey } from '../../shared/names.js';
import type { SentEvent } from './cloud-events.js';
import { outOfBounds } from '../json-bounds.js';
import { boundedFaults, type Fault } from '../problems.js';
import { mostFaults } from '../http/request-limits.js';
import type { StatedAbout } from './who-may-state.js';

/** Clocks differ; an event from further ahead than this has a wrong one. */
export const furthestAheadMs = 5 * 60_000;

/** What an event is about: its ordering key, its subject by convention, and whose result it is. */
interface About {
  readonly key: string;
  readonly subject: string;
  readonly stated: StatedAbout;
}

/** A type that outsiders may state. */
interface OutsideType {
  readonly definition: EventDefinition;
  /** @param data in the newest version, to be checked */
  read(data: unknown): { readonly data: object; readonly about: About } | readonly Fault[];
}

function outsideType<Data extends z.ZodObject>(
  definition: EventDefinition<string, Data>,
  aboutOf: (data: z.output<Data>) => About,
  faultsOf: (data: z.output<Data>) => readonly Fault[],
): OutsideType {
  return {
    definition,
    read: (given) => {
      const checked = definition.data.safeParse(given);
      if (!checked.success) return checked.error.issues.slice(0, mostFaults).map((issue) => faultOf(issue, given));
      const faults = faultsOf(checked.data);
      return faults.length > 0 ? faults.slice(0, mostFaults) : { data: checked.data, about: aboutOf(checked.data) };
    },
  };
}

/** A server's own probe tells what it found. Other facts are Wardround's, or those of its agents. */
const outsideTypes: ReadonlyMap<string, OutsideType> = new Map([
  [
    checkupCompleted.type,
    outsideType(
      checkupCompleted,
      ({ site, server, checkup }) => {
        const key = serverKey(site, server);
        return { key, subject: `${key}/checkups/${checkup}`, stated: { site, server, checkup } };
      },
      ({ metrics }) => doubledNames(metrics),
    ),
  ],
]);

/** Of two metrics with one name no one knows which is meant. */
function doubledNames(metrics: readonly { readonly name: string }[]): readonly Fault[] {
  const first = new Map<string, number>();
  return metrics.flatMap(({ name }, index) => {
    const known = first.get(name);
    if (known === undefined) first.set(name, index);
    return known === undefined
      ? []
      : [{ path: `data.metrics.${index}.name`, message: `duplicates data.metrics.${known}: names must be unique` }];
  });
}

export const outsideTypeNames: readonly string[] = [...outsideTypes.keys()];

/** What the log and the API say of an event, and no one else. */
const givenByUs = ['sequence', 'epoch', 'recordedtime', 'causationid', 'actor'];

export interface RightEvent {
  readonly event: NewEvent;
  readonly stated: StatedAbout;
}

export type Judged = RightEvent | { readonly faults: readonly Fault[] };

/**
 * What an event from outside becomes in the log, with what its sender may leave out: `time` (now), `dataschema` (the newest
 * version), `partitionkey` and `subject` (from the data). Fields of the data that its schema does not know, and extension
 * attributes, are not kept.
 */
export function judgeOutsideEvent(sent: SentEvent, { now, actor }: { now: Instant; actor: string }): Judged {
  if (sent.unreadable.some(({ path }) => path === '')) return { faults: sent.unreadable };
  const read = new AttributeReader(sent);
  read.literal('specversion', '1.0');
  const id = read.text('id', 200);
  const source = read.text('source', 500);
  const time = read.time(now);
  read.mediaType();
  for (const name of givenByUs) read.absent(name);
  const type = read.oneOf('type', outsideTypes);
  const decides = source?.startsWith(decisionSources) ?? false;
  if (decides) read.fault('source', `is not allowed: sources below ${decisionSources} are reserved for Wardround`);
  const found = type && readData(sent.data, type, read);
  if (!found) {
    if (source !== undefined && !decides && !parseServerKey(source))
      read.fault('source', 'must be /sites/<site>/servers/<server>');
    return { faults: read.faults() };
  }
  const { data, about } = found;
  if (!decides) read.sameAs('source', source, about.key);
  read.sameAs('partitionkey', read.optional('partitionkey') ?? about.key, about.key);
  read.sameAs('subject', read.optional('subject') ?? about.subject, about.subject);
  const faults = read.faults();
  if (faults.length > 0 || id === undefined) return { faults };
  const { definition } = type;
  return {
    event: {
      ...{ specversion: '1.0', id, source: about.key, type: definition.type, subject: about.subject, time },
      ...{ datacontenttype: 'application/json', dataschema: dataSchemaUrn(definition.type, definition.version) },
      ...{ data, partitionkey: about.key, actor },
    },
    stated: about.stated,
  };
}

function readData(given: unknown, type: OutsideType, read: AttributeReader) {
  const { definition } = type;
  const dataschema = read.optional('dataschema') ?? dataSchemaUrn(definition.type, definition.version);
  const version = versionOf(dataschema);
  if (dataschema !== dataSchemaUrn(definition.type, version) || version > definition.version) {
    read.fault('dataschema', `must be ${dataSchemaUrn(definition.type, definition.version)}`);
    return null;
  }
  const unfit = given === undefined ? { path: 'data', message: 'is missing' } : outOfBounds(given, 'data');
  if (unfit) {
    read.fault(unfit.path, unfit.message);
    return null;
  }
  const found = type.read(eventTypes.newestData(definition.type, version, given));
  if ('about' in found) return found;
  for (const { path, message } of found) read.fault(path, message);
  return null;
}

/** Reads the attributes of one event, and gathers what is wrong with them. */
class AttributeReader {
  private readonly found: Fault[];

  constructor(private readonly sent: SentEvent) {
    this.found = [...sent.unreadable];
  }

  fault(path: string, message: string): void {
    this.found.push({ path: path === '' || path.startsWith('data.') ? path : this.nameOf(path), message });
  }

  faults(): readonly Fault[] {
    return boundedFaults(this.found);
  }

  /** A text as the specification allows them, or undefined where it is absent or wrong. */
  optional(name: string): string | undefined {
    const value = this.sent.attributes.get(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '') this.fault(name, 'must be a text that is not empty');
    else if (/[\p{Cc}\p{Surrogate}\p{Noncharacter_Code_Point}]/u.test(value))
      this.fault(name, 'contains a control character or a lone surrogate');
    else return value;
    return undefined;
  }

  text(name: string, longest: number): string | undefined {
    const value = this.optional(name);
    if (value === undefined) this.missing(name);
    else if (value.length > longest) this.fault(name, `is longer than ${longest} characters`);
    return value;
  }

  literal(name: string, expected: string): void {
    const value = this.optional(name);
    if (value === undefined) this.missing(name);
    else if (value !== expected) this.fault(name, `must be ${expected}`);
  }

  oneOf<Value>(name: string, values: ReadonlyMap<string, Value>): Value | undefined {
    const value = this.optional(name);
    if (value === undefined) this.missing(name);
    else if (!values.has(value))
      this.fault(name, `"${value.slice(0, 60)}" is not allowed: it must be ${[...values.keys()].join(', ')}`);
    return value === undefined ? undefined : values.get(value);
  }

  absent(name: string): void {
    if (this.sent.attributes.has(name)) this.fault(name, 'must not be set: Wardround sets it');
  }

  sameAs(name: string, value: string | undefined, expected: string): void {
    if (value !== undefined && value !== expected) this.fault(name, `must be ${expected}, as the data says`);
  }

  mediaType(): void {
    const value = this.optional('datacontenttype') ?? 'application/json';
    if (!/^application\/json *(?:; *charset="?utf-8"? *)?$/i.test(value))
      this.fault('datacontenttype', 'must be application/json');
  }

  /** As the log keeps times, in UTC; now if none is given. */
  time(now: Instant): string {
    const value = this.optional('time');
    if (value === undefined) return toIso(now);
    if (!timeSchema.safeParse(value).success) {
      this.fault('time', 'must be an RFC 3339 time such as 2026-11-22T02:00:00Z');
      return toIso(now);
    }
    const instant = fromIso(value);
    if (instant > now + furthestAheadMs) {
      this.fault(
        'time',
        `is more than ${furthestAheadMs / 60_000} minutes ahead of ${toIso(now)}, the current time: set the clock`,
      );
    }
    return toIso(instant);
  }

  /** Unless what is there has a fault already. */
  private missing(name: string): void {
    if (!this.sent.attributes.has(name) && !this.found.some(({ path }) => path === this.nameOf(name) || path === name))
      this.fault(name, 'is missing');
  }

  private nameOf(attribute: string): string {
    return this.sent.mode === 'binary' && attribute !== 'data' ? `ce-${attribute}` : attribute;
  }
}

const timeSchema = z.iso.datetime({ offset: true });

function faultOf(issue: z.core.$ZodIssue, data: unknown): Fault {
  const path = ['data', ...issue.path].join('.');
  const given = issue.path.reduce(stepInto, data);
  return { path, message: given === undefined ? 'is missing' : issue.message };
}

function stepInto(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

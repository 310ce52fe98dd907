import { z } from 'zod';
import { epochSchema } from './log-identity.js';

/**
 * One fact: a CloudEvents 1.0 event (https://github.com/cloudevents/spec) with its extensions `partitionkey` and
 * `sequence`, and ours: `causationid`, `actor`, `recordedtime`. Never changed once appended.
 */
export interface Event<Type extends string = string, Data = unknown> {
  readonly specversion: '1.0';
  /** UUID v7 for a fact; computed from its cause (UUID v5) for a decision. Unique together with `source`. */
  readonly id: string;
  /** Who stated it, e.g. `/sites/main/servers/reception` or `/wardround/rules`. */
  readonly source: string;
  readonly type: Type;
  /** What it is about, e.g. `/sites/main/servers/reception/backups/records/runs/0199…`. */
  readonly subject: string;
  /** When it happened, RFC 3339 in UTC. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** The version of the type's schema that `data` was written with: `urn:wardround:event:<type>:v<version>`. */
  readonly dataschema: string;
  readonly data: Data;
  /** The ordering key: events of one key are handed over in the order of their appends. */
  readonly partitionkey: string;
  /** Gapless per source and epoch, 16 digits, given by the log that first recorded the event; decisions carry none. */
  readonly sequence?: string;
  /** The epoch of that log, in which the sequence counts. A sequence without one counts in epoch 1. */
  readonly epoch?: string;
  /** The id of the event that caused this one. */
  readonly causationid?: string;
  /** Who caused it: `timetable`, `board`, `cli:<user>`, `api`. */
  readonly actor?: string;
  /** When the first log stored it, RFC 3339 in UTC. */
  readonly recordedtime: string;
}

/** What is given to `append`. The engine adds `recordedtime`, and `sequence` to facts that carry none. */
export type NewEvent<E extends Event = Event> = Omit<E, 'recordedtime'> & { readonly recordedtime?: string };

/** Where an event is in the log. Comparable only within one partition; SQLite has the single partition 0. */
export interface Position {
  readonly partition: number;
  /** Grows with every event of the partition, from 1 on, not necessarily by one. */
  readonly offset: number;
}

export interface Recorded<E extends Event = Event> {
  readonly event: E;
  readonly position: Position;
}

/** Sources below this path decide; their events have ids computed from causes, and no sequence. */
export const decisionSources = '/wardround/';

export const envelopeSchema = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(200),
  source: z.string().min(1).max(500),
  type: z.string().regex(/^[a-z]+(?:-[a-z]+)*(?:\.[a-z]+(?:-[a-z]+)*)+$/, 'must be dotted lower-case words'),
  subject: z.string().min(1).max(1000),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  dataschema: z.string().regex(/^urn:wardround:event:[a-z.-]+:v[1-9][0-9]*$/),
  data: z.unknown(),
  partitionkey: z.string().min(1).max(500),
  sequence: z
    .string()
    .regex(/^[0-9]{16}$/)
    .optional(),
  epoch: epochSchema.optional(),
  causationid: z.string().min(1).max(200).optional(),
  actor: z.string().min(1).max(200).optional(),
  recordedtime: z.iso.datetime().optional(),
});

import { z } from 'zod';

/**
 * What the host and a plugin's process say to each other over Node's IPC channel. Both sides check what they get: a plugin
 * can send on the same channel.
 */

const ofPlugin = {
  /** The answer carries the same. */
  id: z.number(),
  folder: z.string(),
  /** Absolute path of the compiled `plugin.js`. */
  file: z.string(),
};

/** Asks what a plugin says of itself. */
const describeSchema = z.object({ type: z.literal('describe'), ...ofPlugin });
/** Asks what is wrong with parameters as a definition states them. */
const checkSchema = z.object({ type: z.literal('check'), ...ofPlugin, parameters: z.unknown() });

/** What the process that looks at plugins is asked. */
export const questionSchema = z.discriminatedUnion('type', [describeSchema, checkSchema]);
export type Question = z.infer<typeof questionSchema>;

/** What a destination can and cannot do: see `DestinationPlugin`. */
export const capabilitiesSchema = z.object({
  contract: z.union([z.literal(1), z.literal(2)]),
  exclusive: z.union([z.literal(true), z.array(z.string().max(200)).max(20)]).nullable(),
  resumes: z.boolean(),
});
export type DestinationCapabilities = z.infer<typeof capabilitiesSchema>;

export const descriptionSchema = z.object({
  kind: z.enum(['checkup', 'source', 'destination', 'channel']),
  name: z.string().max(100),
  summary: z.string().max(1000),
  /** Of the parameters, as text: an object could be circular. */
  jsonSchema: z.string().max(1024 * 1024),
  /** Null for what is not a destination. */
  destination: capabilitiesSchema.nullable(),
});
export type Description = z.infer<typeof descriptionSchema>;

export const faultSchema = z.object({
  path: z.array(z.union([z.string(), z.number()])).max(100),
  message: z.string().max(10_000),
});

/** What it answers. */
export const answerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('described'), id: z.number(), description: descriptionSchema }),
  z.object({ type: z.literal('unusable'), id: z.number(), problem: z.string().max(10_000) }),
  z.object({ type: z.literal('checked'), id: z.number(), faults: z.array(faultSchema).max(1000) }),
]);
export type Answer = z.infer<typeof answerSchema>;

export const callSchema = z.object({
  type: z.literal('call'),
  /** Counts the calls of one process. What the plugin says carries the same, so that a late word is not taken for the next call's. */
  id: z.number(),
  /** Absolute path of the compiled `plugin.js`. */
  file: z.string(),
  folder: z.string(),
  operation: z.string(),
  /** References resolved, not yet parsed by the plugin's schema. */
  parameters: z.unknown(),
  /** For the plugin to know; null: none. */
  stallMs: z.number().nullable(),
  /** What the operation takes besides the common context. */
  input: z.record(z.string(), z.unknown()),
  /** Milliseconds since 1970. */
  now: z.number(),
  /** The watchdog kills the process once it holds more memory than this, or once its parent is gone. */
  residentMemoryMb: z.number(),
  parentPid: z.number(),
  /** Whether the process may wait for another call afterwards; null: it exits. */
  reuse: z
    .object({
      /** Written to stdout and stderr once all that the call printed has been written. */
      marker: z.string(),
      /** A process that holds more memory afterwards exits. */
      residentMemoryMb: z.number(),
    })
    .nullable(),
});
export type CallMessage = z.infer<typeof callSchema>;

export const abortSchema = z.object({
  type: z.literal('abort'),
  call: z.number(),
  because: z.enum(['cancelled', 'timed-out', 'stalled']),
});
export type StopReason = z.infer<typeof abortSchema>['because'];

export const toPluginSchema = z.discriminatedUnion('type', [callSchema, abortSchema]);
export type ToPlugin = z.infer<typeof toPluginSchema>;

/** The sorts of failure that callers distinguish. */
export const failureKinds = [
  'failed',
  'permanent',
  'retryable',
  'no-space',
  'altered',
  'out-of-memory',
  'invalid-parameters',
] as const;

export const failureSchema = z.object({ kind: z.enum(failureKinds), text: z.string() });
export type Failure = z.infer<typeof failureSchema>;

export const lineSchema = z.object({
  level: z.enum(['info', 'warning', 'error']),
  text: z.string(),
  place: z.string(),
});

const count = z.number().nonnegative();
export const progressSchema = z.object({ files: count, bytes: count, totalFiles: count, totalBytes: count });

const ofCall = { call: z.number() };

export const fromPluginSchema = z.discriminatedUnion('type', [
  /** The process has taken the call in progress. One that ends before has done nothing of it. */
  z.object({ type: z.literal('begun'), ...ofCall }),
  z.object({ type: z.literal('line'), ...ofCall, line: lineSchema }),
  z.object({ type: z.literal('progress'), ...ofCall, progress: progressSchema }),
  /** Something moved that cannot be counted. */
  z.object({ type: z.literal('moved'), ...ofCall }),
  z.object({ type: z.literal('result'), ...ofCall, value: z.unknown() }),
  z.object({ type: z.literal('failure'), ...ofCall, failure: failureSchema }),
  /** After a result or failure: nothing of the call is left in the process, which waits for the next. */
  z.object({ type: z.literal('rested'), ...ofCall }),
]);
export type FromPlugin = z.infer<typeof fromPluginSchema>;

import { z } from 'zod';

/**
 * What the host and a plugin's process say to each other over Node's IPC channel. Both sides check what they get: a plugin
 * can send on the same channel.
 */

/** Asks the process to load plugins one after the other and to say of each whether it is sound. */
export const probeSchema = z.object({
  type: z.literal('probe'),
  plugins: z.array(z.object({ folder: z.string(), file: z.string() })),
});

export const callSchema = z.object({
  type: z.literal('call'),
  /** Absolute path of the compiled `plugin.js`. */
  file: z.string(),
  folder: z.string(),
  operation: z.string(),
  /** References resolved, not yet parsed by the plugin's schema. */
  parameters: z.unknown(),
  /** What the operation takes besides the common context. */
  input: z.record(z.string(), z.unknown()),
  /** Milliseconds since 1970. */
  now: z.number(),
  /** The watchdog kills the process once it holds more memory than this, or once its parent is gone. */
  residentMemoryMb: z.number(),
  parentPid: z.number(),
});
export type CallMessage = z.infer<typeof callSchema>;

export const abortSchema = z.object({ type: z.literal('abort'), because: z.enum(['cancelled', 'timed-out']) });
export type StopReason = z.infer<typeof abortSchema>['because'];

export const toPluginSchema = z.discriminatedUnion('type', [probeSchema, callSchema, abortSchema]);
export type ToPlugin = z.infer<typeof toPluginSchema>;

/** The sorts of failure that callers tell apart. */
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

export const fromPluginSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('probed'), folder: z.string(), problem: z.string().nullable() }),
  z.object({ type: z.literal('line'), line: lineSchema }),
  z.object({ type: z.literal('progress'), progress: progressSchema }),
  z.object({ type: z.literal('result'), value: z.unknown() }),
  z.object({ type: z.literal('failure'), failure: failureSchema }),
]);
export type FromPlugin = z.infer<typeof fromPluginSchema>;

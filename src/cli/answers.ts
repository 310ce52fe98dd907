import { z } from 'zod';

// What the command line reads of the API's answers; further fields pass through, so that `--json` shows all of them.

const status = z.enum(['ok', 'warning', 'critical', 'unknown']);
const onServer = { site: z.string(), server: z.string() };

export const serverSchema = z.looseObject({ site: z.string(), name: z.string(), title: z.string(), status });
export type Server = z.infer<typeof serverSchema>;

export const checkupSchema = z.looseObject({
  ...onServer,
  id: z.string(),
  name: z.string(),
  title: z.string(),
  status,
  because: z.string(),
  newest: z.looseObject({ time: z.string(), summary: z.string() }).nullable(),
});
export type Checkup = z.infer<typeof checkupSchema>;

export const checkupRunSchema = z.looseObject({
  id: z.string(),
  status,
  summary: z.string(),
  details: z.string(),
  durationMs: z.number(),
});

export const runSchema = z.looseObject({
  ...onServer,
  runId: z.string(),
  job: z.string(),
  outcome: z.enum(['running', 'succeeded', 'suspicious', 'failed', 'captured']),
  suspicions: z.array(z.looseObject({ source: z.string().nullable(), kind: z.string(), text: z.string() })).default([]),
  startedAt: z.string(),
  completedAt: z.string().nullable(),
  /** An older Wardround does not tell. */
  clockWrong: z.boolean().default(false),
  error: z.looseObject({ code: z.string(), text: z.string() }).nullable(),
  copies: z.array(
    z.looseObject({
      destination: z.string(),
      outcome: z.enum(['succeeded', 'failed', 'not-reached']),
      place: z.string().nullable(),
      error: z.looseObject({ text: z.string() }).nullable(),
    }),
  ),
  percent: z.number(),
  step: z.string(),
  files: z.number(),
  bytes: z.number(),
  totalFiles: z.number(),
  totalBytes: z.number(),
});
export type Run = z.infer<typeof runSchema>;

/** A run that a person has just accepted. */
export const acceptedRunSchema = runSchema;

export const protocolLineSchema = z.looseObject({
  number: z.number(),
  time: z.string(),
  level: z.enum(['info', 'warning', 'error']),
  step: z.string(),
  place: z.string(),
  outcome: z.string(),
  text: z.string(),
});
export type ProtocolLine = z.infer<typeof protocolLineSchema>;

export const runWithProtocolSchema = runSchema.extend({
  protocol: z.looseObject({ lines: z.array(protocolLineSchema), lastLine: z.number(), more: z.boolean() }),
});
export type RunWithProtocol = z.infer<typeof runWithProtocolSchema>;

export const jobSchema = z.looseObject({
  ...onServer,
  name: z.string(),
  title: z.string(),
  status,
  state: z.string(),
  because: z.string(),
  since: z.string().nullable(),
  nextPlanned: z.string().nullable(),
  running: runSchema.nullable(),
  lastRun: runSchema.nullable(),
  lastSuccess: runSchema.nullable(),
});
export type Job = z.infer<typeof jobSchema>;

export const snapshotSchema = z.looseObject({
  ...onServer,
  job: z.string(),
  destination: z.string(),
  snapshot: z.string(),
  place: z.string(),
  files: z.number(),
  bytes: z.number(),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

export const alarmSchema = z.looseObject({
  ...onServer,
  severity: z.enum(['warning', 'critical']),
  title: z.string(),
  advice: z.string(),
  summary: z.string(),
  since: z.string(),
  acknowledgedBy: z.string().nullable(),
  acknowledgedAt: z.string().nullable(),
});
export type Alarm = z.infer<typeof alarmSchema>;

export const eventSchema = z.looseObject({
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string(),
  time: z.string(),
  partitionkey: z.string(),
  data: z.record(z.string(), z.unknown()),
  actor: z.string().optional(),
});
export type LoggedEvent = z.infer<typeof eventSchema>;

export const parkedEventSchema = z.looseObject({
  id: z.string(),
  subscription: z.string(),
  partition: z.number(),
  partitionkey: z.string(),
  type: z.string(),
  error: z.string().nullable(),
  attempts: z.number(),
  parkedAt: z.string(),
  askedAt: z.string().nullable(),
});
export type ParkedEvent = z.infer<typeof parkedEventSchema>;

export const parkedEventWithEventSchema = parkedEventSchema.extend({ event: eventSchema.nullable() });

export const askedAgainSchema = z.looseObject({ asked: z.number() });

export const startedRunSchema = z.looseObject({ runId: z.string() });

export const restoredSchema = z.looseObject({
  job: z.string(),
  snapshot: z.string(),
  destination: z.string(),
  to: z.string(),
  files: z.number(),
  bytes: z.number(),
  durationMs: z.number(),
});

export const rebuiltSchema = z.looseObject({
  views: z.array(z.looseObject({ name: z.string(), rowsChanged: z.number() })),
});

export const configurationFileSchema = z.looseObject({ file: z.string() });

export const configurationSchema = z.looseObject({
  problems: z.array(
    z.looseObject({ line: z.number(), column: z.number(), path: z.string(), message: z.string(), advice: z.string() }),
  ),
});

export const problemSchema = z.looseObject({
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  runId: z.string().optional(),
});

export const clockJumpSchema = z.looseObject({
  computer: z.string(),
  against: z.enum(['steady-clock', 'log']),
  expected: z.string(),
  shown: z.string(),
  ms: z.number(),
});

export const confirmedClockSchema = z.looseObject({ confirmed: z.array(clockJumpSchema) });

export const systemSchema = z.looseObject({
  clockJumps: z.array(clockJumpSchema).nullable().default(null),
  log: z.looseObject({ id: z.string(), epoch: z.string(), because: z.string() }).nullable().default(null),
  parts: z.array(z.looseObject({ name: z.string(), trouble: z.string().nullable() })),
  consumers: z.array(
    z.looseObject({
      name: z.string(),
      state: z.enum(['current', 'behind', 'stuck', 'failing']),
      lag: z.number(),
      parked: z.number(),
      lastError: z.string().nullable(),
    }),
  ),
  undelivered: z
    .array(
      z.looseObject({
        group: z.string(),
        channel: z.string(),
        to: z.array(z.string()),
        since: z.string(),
        error: z.string().nullable(),
        messages: z.number(),
        gaveUp: z.boolean(),
      }),
    )
    .nullable()
    .default(null),
  withoutMailServer: z.array(z.string()).nullable().default(null),
  pluginProblems: z.array(z.looseObject({ message: z.string() })).default([]),
});
export type System = z.infer<typeof systemSchema>;

/** A page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.looseObject({ items: z.array(item), next: z.string().nullable() });
}

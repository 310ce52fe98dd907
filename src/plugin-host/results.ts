import { z } from 'zod';
import type { PluginKind } from '../../plugins/sdk/plugin.js';

const count = z.number().int().nonnegative();
const bytes = z.number().nonnegative();

const metricSchema = z.object({
  name: z.string().min(1).max(100),
  value: z.number(),
  unit: z.string().max(20),
  warn: z.string().max(100).exactOptional(),
  critical: z.string().max(100).exactOptional(),
  min: z.number().exactOptional(),
  max: z.number().exactOptional(),
});

const treeSchema = z.object({
  path: z.string().min(1),
  as: z.string(),
  recursive: z.boolean(),
  exclude: z.array(z.string()),
  owned: z.boolean(),
});

/** What a destination calls a snapshot. */
const id = z.string().min(1).max(500);
/** Milliseconds since 1970, in the years that a date can have. */
const instant = z.number().int().min(0).max(8.64e15);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex');

const listedSchema = z.object({
  id,
  takenAt: instant,
  origin: z.object({ installation: z.string(), site: z.string(), server: z.string(), job: z.string() }).nullable(),
  files: count.nullable(),
  bytes: bytes.nullable(),
  manifestSha256: sha256.nullable(),
  verifiedAt: instant.nullable(),
});

/** The shape of what each operation of each kind of plugin gives back, as `plugins/sdk` states it. */
export const resultSchemas = {
  checkup: {
    run: z.object({
      status: z.enum(['ok', 'warning', 'critical', 'unknown']),
      summary: z.string(),
      details: z.string().exactOptional(),
      metrics: z.array(metricSchema).max(200).exactOptional(),
    }),
  },
  source: {
    check: z.object({ estimatedBytes: bytes.nullable() }),
    prepare: z.object({ trees: z.array(treeSchema) }),
  },
  destination: {
    check: z.object({ place: z.string(), freeBytes: bytes.nullable() }),
    store: z.object({ id, place: z.string(), files: count, bytes, linkedFiles: count, resumedFiles: count }),
    verify: z.object({ files: count, bytes, manifestSha256: sha256 }),
    list: z.object({ snapshots: z.array(listedSchema) }),
    remove: z.object({ snapshots: z.array(z.object({ id, error: z.string().nullable() })) }),
    restore: z.object({ files: count, bytes }),
  },
  channel: {
    send: z.object({ receipt: z.string() }),
  },
} as const satisfies Record<PluginKind, Readonly<Record<string, z.ZodType>>>;

/** The schema of one operation's result; null if the kind has no such operation. */
export function resultSchema(kind: PluginKind, operation: string): z.ZodType | null {
  const ofKind: Readonly<Record<string, z.ZodType>> = resultSchemas[kind];
  return (Object.hasOwn(ofKind, operation) ? ofKind[operation] : undefined) ?? null;
}

/** The operations that a plugin of the kind must have. */
export function operationsOf(kind: PluginKind): readonly string[] {
  return Object.keys(resultSchemas[kind]);
}

/** What is wrong with a value, in one line: `metrics.0.value: expected number`. */
export function faultsText(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`))
    .join('; ');
}

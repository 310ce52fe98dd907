import { z } from 'zod';
import { runOutcomes } from '../backups/backups.events.js';

const text = z.string().min(1).max(500);
const timeKey = { time: text.optional(), id: text.optional() };

/** What the addresses of lists may say. A key behind which a list goes on is complete or counts as none. */
export const runsQuerySchema = z.object({
  job: text.optional(),
  outcome: z.enum(runOutcomes).optional(),
  ...timeKey,
});
export const timeQuerySchema = z.object(timeKey);
export const snapshotsQuerySchema = z.object({
  job: text.optional(),
  /** The key of a snapshot, as JSON: it has five parts. */
  after: z
    .string()
    .max(2000)
    .transform(jsonOrNull)
    .pipe(z.object({ snapshot: text, site: text, server: text, job: text, destination: text }))
    .optional(),
});
export const runQuerySchema = z.object({ upTo: z.coerce.number().int().min(1).max(1e9).optional() });

/** The key of a list by time, or null on its first part. */
export function timeKeyOf({ time, id }: { time?: string | undefined; id?: string | undefined }): {
  time: string;
  id: string;
} | null {
  return time !== undefined && id !== undefined ? { time, id } : null;
}

function jsonOrNull(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return null; // no key, which the schema refuses
  }
}

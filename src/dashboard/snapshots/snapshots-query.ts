import { z } from 'zod';
import { queryText as text } from '../list-query.js';

/** What the address of the list of snapshots may say. */
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

function jsonOrNull(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return null; // no key, which the schema refuses
  }
}

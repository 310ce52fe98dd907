import { z } from 'zod';
import { runOutcomes } from '../../backups/backups.events.js';
import { queryText, timeQuerySchema } from '../list-query.js';

/** What the address of the list of runs may say. */
export const runsQuerySchema = z.object({
  job: queryText.optional(),
  outcome: z.enum(runOutcomes).optional(),
  ...timeQuerySchema.shape,
});

/** And that of one run: which line of its protocol is the last one shown. */
export const runQuerySchema = z.object({ upTo: z.coerce.number().int().min(1).max(1e9).optional() });

import { z } from 'zod';
import { WardroundError } from '../shared/errors.js';

/** A parameter of an address. */
export const queryText = z.string().min(1).max(500);
const timeKey = { time: queryText.optional(), id: queryText.optional() };

/** What the addresses of lists by time may say. A key behind which a list continues is complete or counts as none. */
export const timeQuerySchema = z.object(timeKey);
export type TimeQuery = z.output<typeof timeQuerySchema>;

/** The key of a list by time, or null on its first part. */
export function timeKeyOf({ time, id }: TimeQuery): { time: string; id: string } | null {
  return time !== undefined && id !== undefined ? { time, id } : null;
}

/** @throws WardroundError `bad-request` */
export function checkQuery<Schema extends z.ZodType>(schema: Schema, query: unknown): z.output<Schema> {
  const checked = schema.safeParse(query);
  if (checked.success) return checked.data;
  const faults = checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new WardroundError('bad-request', `invalid address: ${faults.join('; ')}`);
}

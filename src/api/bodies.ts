import { z } from 'zod';
import { managedBySchema } from '../definitions/managed-by.js';
import { checkupStatuses } from '../checkups/checkup.js';
import { cursorPattern } from './cursor.js';

// What the bodies of answers have in common. Moments are RFC 3339 in UTC; `href` is the address of the thing itself.

export const managedBy = managedBySchema.describe('Who manages the definition; only they can change it');

export const moment = z.iso.datetime();

export const count = z.int().nonnegative();

export const onServer = { site: z.string(), server: z.string() };

export const status = z.enum(checkupStatuses);

/** A part of a list, and where the next one begins. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z.string().regex(cursorPattern).nullable().describe('The `cursor` of the next page; null on the last page'),
  });
}

export type Body<Schema extends z.ZodType> = z.output<Schema>;

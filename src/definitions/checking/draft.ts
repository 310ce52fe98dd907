import { z } from 'zod';

// The file as far as it can be understood, so that what is right in it can be checked further although something else is
// wrong. Reading it never fails: what has the wrong type is as good as absent, and list positions stay what they are.

/** Null means what is absent or of the wrong type. */
export const draftText = z.string().nullable().catch(null);

export function draftList<Item extends z.ZodType>(item: Item) {
  return z.array(item).catch([]);
}

/** An object of which every part may be absent; something else is as good as an empty one. */
export function draftOf<Shape extends z.ZodRawShape>(shape: Shape) {
  const schema = z.object(shape);
  return schema.catch(() => schema.parse({}));
}

export const draftPluginUse = draftOf({ name: draftText, plugin: draftText, parameters: z.unknown().optional() });
export type DraftPluginUse = z.infer<typeof draftPluginUse>;

/** What is done at set times. */
export const draftSchedule = { name: draftText, server: draftText, at: draftText, timeZone: draftText };

import { z } from 'zod';

// The file as far as it can be understood, so that what is right in it can be checked further although something else is
// wrong. Reading it never fails: what has the wrong type is as good as absent, and list positions stay what they are.

const text = z.string().nullable().catch(null);
const listOf = <Item extends z.ZodType>(item: Item) => z.array(item).catch([]);

/** An object of which every part may be absent; something else is as good as an empty one. */
function loose<Shape extends z.ZodRawShape>(shape: Shape) {
  const schema = z.object(shape);
  return schema.catch(() => schema.parse({}));
}

const pluginUse = loose({ name: text, plugin: text, parameters: z.unknown().optional() });
const scheduled = { name: text, server: text, at: text, timeZone: text };

const draftSchema = loose({
  servers: listOf(loose({ name: text })),
  checkups: listOf(loose({ ...scheduled, plugin: text, parameters: z.unknown().optional() })),
  backups: listOf(
    loose({ ...scheduled, sources: listOf(pluginUse), copies: listOf(pluginUse), localCopy: loose({ path: text }) }),
  ),
  rules: listOf(
    loose({ name: text, when: loose({ checkup: text, protocolLine: text, job: text, noSuccessOf: text }) }),
  ),
  recipientGroups: listOf(
    loose({
      name: text,
      timeZone: text,
      subscriptions: listOf(loose({ channel: text, at: text, jobs: listOf(text), rules: listOf(text) })),
    }),
  ),
  smtp: loose({ caFile: text }),
});

export type Draft = z.infer<typeof draftSchema>;
export type DraftPluginUse = z.infer<typeof pluginUse>;

/** Null stands for what is absent or of the wrong type. */
export function draftOf(value: unknown): Draft {
  return draftSchema.parse(value);
}

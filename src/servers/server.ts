import { z } from 'zod';
import { nameSchema } from '../shared/names.js';

/** One watched machine of a site, as the configuration states it. */
export const serverDefinitionSchema = z.strictObject({
  name: nameSchema.describe('Short name, used in addresses and folders'),
  title: z.string().min(1).max(200).optional().describe('What people call it'),
});
export type ServerDefinition = z.infer<typeof serverDefinitionSchema>;

/** The same with its site, as far as that is another than the file's. */
export const statedServerSchema = serverDefinitionSchema.extend({
  site: nameSchema.optional().describe("The practice or clinic that it belongs to; without it, the file's own `site`"),
});

import { z } from 'zod';
import { allSections } from '../capabilities.js';
import { nameSchema } from '../shared/names.js';
import { processSettingsShape } from './process-settings.js';

const sections = Object.fromEntries(allSections.map(({ key, schema }) => [key, schema]));

/** All that `wardround.yaml` may say: what the process must know, and a section for each kind of definition. */
export const configurationSchema = z.strictObject({
  ...processSettingsShape,
  site: nameSchema.default('main').describe('Short name of the practice or clinic that the servers belong to'),
  ...sections,
});

/** The process's settings, and the sections by their keys, each as its kind's schema hands it over. */
export type Configuration = z.infer<z.ZodObject<typeof processSettingsShape & { readonly site: typeof nameSchema }>> &
  Readonly<Record<string, unknown>>;

/** The JSON Schema that editors check and complete `wardround.yaml` with. Committed as `wardround.schema.json`. */
export function configurationJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    title: "Wardround's configuration",
    ...z.toJSONSchema(configurationSchema, { io: 'input', unrepresentable: 'any' }),
  };
}

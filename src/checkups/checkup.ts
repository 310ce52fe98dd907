import { z } from 'zod';
import { serverPatternSchema } from '../shared/address.js';
import { nameSchema } from '../shared/names.js';
import { cronSchema, durationSchema, timeZoneSchema } from '../shared/schedule.js';

/** What is looked at on one server at set times: by a plugin, or by somebody else who states what he found. */
export const checkupDefinitionSchema = z
  .strictObject({
    name: nameSchema,
    title: z.string().min(1).max(200).optional(),
    server: serverPatternSchema
      .optional()
      .describe(
        'The server it looks at, or <site>/<server> where several sites have one of that name; without it, the first one',
      ),
    plugin: nameSchema
      .optional()
      .describe('A check-up plugin, such as disk-space; without one, a probe of your own sends the results'),
    parameters: z.record(z.string(), z.unknown()).default({}).describe("The plugin's own settings"),
    every: durationSchema.optional().describe('Interval, e.g. 1m; a result counts for three of them'),
    at: cronSchema.optional().describe('Cron line, in place of `every`'),
    timeZone: timeZoneSchema.optional().describe("Whose clock `at` means; without it, the computer's own"),
    timeout: durationSchema.default('30s').describe('Longest time that one run may take'),
  })
  .refine((definition) => (definition.every === undefined) !== (definition.at === undefined), {
    message: 'needs either `every` (such as 1m) or `at` (a cron line), and not both',
  })
  .refine(({ plugin, parameters }) => plugin !== undefined || Object.keys(parameters).length === 0, {
    path: ['parameters'],
    message: 'there is no plugin here to take them: name one, or leave them out',
  });
export type CheckupDefinition = z.infer<typeof checkupDefinitionSchema>;

export const checkupStatuses = ['ok', 'warning', 'critical', 'unknown'] as const;
export type CheckupStatus = (typeof checkupStatuses)[number];

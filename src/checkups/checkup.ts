import { z } from 'zod';
import { serverPatternSchema } from '../shared/address.js';
import { nameSchema } from '../shared/names.js';
import { cronSchema, durationSchema, timeZoneSchema } from '../shared/schedule.js';

/** What is looked at on one server at set times: by a plugin, or by someone else who states what he found. */
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
      .describe('A check-up plugin, such as disk-space; without one, your own probe sends the results'),
    parameters: z.record(z.string(), z.unknown()).default({}).describe('Settings of the plugin'),
    every: durationSchema.optional().describe('Interval, e.g. 1m; a result is valid for three intervals'),
    at: cronSchema.optional().describe('Cron line, instead of `every`'),
    timeZone: timeZoneSchema.optional().describe("Time zone of `at`; default: the computer's"),
    timeout: durationSchema.default('30s').describe('Time limit of one run'),
  })
  .refine((definition) => (definition.every === undefined) !== (definition.at === undefined), {
    message: 'needs either `every` (such as 1m) or `at` (a cron line), and not both',
  })
  .refine(({ plugin, parameters }) => plugin !== undefined || Object.keys(parameters).length === 0, {
    path: ['parameters'],
    message: 'parameters need a plugin: add one, or remove them',
  });
export type CheckupDefinition = z.infer<typeof checkupDefinitionSchema>;

export const checkupStatuses = ['ok', 'warning', 'critical', 'unknown'] as const;
export type CheckupStatus = (typeof checkupStatuses)[number];

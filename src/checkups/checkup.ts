import { z } from 'zod';
import { nameSchema } from '../shared/names.js';
import { cronSchema, durationSchema, timeZoneSchema } from '../shared/schedule.js';

/** One configured check-up plugin on one server at set times. */
export const checkupDefinitionSchema = z
  .strictObject({
    name: nameSchema,
    title: z.string().min(1).max(200).optional(),
    server: nameSchema.optional().describe('The server it looks at; without it, the first one'),
    plugin: nameSchema.describe('A check-up plugin, such as disk-space'),
    parameters: z.record(z.string(), z.unknown()).default({}).describe("The plugin's own settings"),
    every: durationSchema.optional().describe('Interval, e.g. 1m'),
    at: cronSchema.optional().describe('Cron line, in place of `every`'),
    timeZone: timeZoneSchema.optional().describe("Whose clock `at` means; without it, the computer's own"),
    timeout: durationSchema.default('30s').describe('Longest time that one run may take'),
  })
  .refine((definition) => (definition.every === undefined) !== (definition.at === undefined), {
    message: 'needs either `every` (such as 1m) or `at` (a cron line), and not both',
  });
export type CheckupDefinition = z.infer<typeof checkupDefinitionSchema>;

export const checkupStatuses = ['ok', 'warning', 'critical', 'unknown'] as const;
export type CheckupStatus = (typeof checkupStatuses)[number];

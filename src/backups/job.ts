import { z } from 'zod';
import { serverPatternSchema } from '../shared/address.js';
import { cronSchema, durationSchema, durationSeconds, timeZoneSchema } from '../shared/schedule.js';
import { nameSchema } from '../shared/names.js';

const parameters = z.record(z.string(), z.unknown()).default({});

const percentSchema = z.string().regex(/^(100|[1-9]?[0-9])%$/, 'is not a percentage such as 50%; 0% turns this off');

/** Where data comes from: a source plugin and its parameters. */
export const sourceDefinitionSchema = z.strictObject({
  name: nameSchema.describe('Its folder within each snapshot'),
  plugin: nameSchema.describe('A source plugin, such as folder or sqlite'),
  parameters: parameters.describe('Settings of the plugin'),
});

/** A place that holds snapshots: a destination plugin and its parameters. */
export const destinationDefinitionSchema = z.strictObject({
  name: nameSchema,
  plugin: nameSchema.default('folder').describe('A destination plugin, such as folder'),
  parameters: parameters.describe('Settings of the plugin'),
  stalledAfter: durationSchema.optional().describe('A copy without progress for this long is stopped; default: 15m'),
});

/** What to back up, where to, when, and how long to keep it. */
export const backupJobDefinitionSchema = z.strictObject({
  name: nameSchema,
  title: z.string().min(1).max(200).optional(),
  server: serverPatternSchema
    .optional()
    .describe(
      'The server it runs on, or <site>/<server> where several sites have one of that name; without it, the first one',
    ),
  at: cronSchema.optional().describe('Cron line, e.g. "0 2 * * *" for 02:00 every day; default: on demand only'),
  timeZone: timeZoneSchema.optional().describe("Time zone of `at`; default: the computer's"),
  sources: z.array(sourceDefinitionSchema).min(1),
  localCopy: z
    .strictObject({ path: z.string().min(1).describe('Folder for the local copy') })
    .optional()
    .describe('The copy made first, on the server itself; default: a temporary one in the data folder'),
  copies: z.array(destinationDefinitionSchema).default([]),
  keep: z
    .strictObject({
      days: z.number().int().min(1).max(36_500).describe('Snapshots younger than this are kept'),
      atLeast: z
        .number()
        .int()
        .min(1)
        .max(10_000)
        .default(3)
        .describe('This many of the newest good ones are kept regardless of age'),
    })
    .default({ days: 30, atLeast: 3 }),
  suspicious: z
    .strictObject({
      fewerFiles: percentSchema
        .default('50%')
        .describe('A source with fewer files than this share of those in the last good backup is suspicious'),
      fewerBytes: percentSchema.default('50%').describe('The same for its size'),
    })
    .optional()
    .describe(
      'When a backup is suspicious: it is kept, nothing older is removed, and people are notified; default: 50%',
    ),
});

export type SourceDefinition = z.infer<typeof sourceDefinitionSchema>;
export type DestinationDefinition = z.infer<typeof destinationDefinitionSchema>;
export type BackupJobDefinition = z.infer<typeof backupJobDefinitionSchema>;

/** The shares below which a source of the job is suspicious: 0 to 1. */
export function sharesOf({ suspicious }: BackupJobDefinition): { readonly files: number; readonly bytes: number } {
  const share = (percent: string | undefined) => Number((percent ?? '50%').slice(0, -1)) / 100;
  return { files: share(suspicious?.fewerFiles), bytes: share(suspicious?.fewerBytes) };
}

/** Moving data may take days, as long as it moves: such a call has no time limit, and ends when nothing has moved for `stallMs`. */
export function callOf({ plugin, parameters, stalledAfter }: DestinationDefinition) {
  const stall = stalledAfter === undefined ? {} : { stallMs: durationSeconds(stalledAfter) * 1000 };
  return { kind: 'destination', plugin, parameters, timeoutMs: null, ...stall } as const;
}

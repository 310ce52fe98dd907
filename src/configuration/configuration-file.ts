import { z } from 'zod';
import { backupJobDefinitionSchema } from '../backups/job.js';
import { checkupDefinitionSchema } from '../checkups/checkup.js';
import { recipientGroupDefinitionSchema, smtpDefinitionSchema } from '../notifications/recipient-group.js';
import { ruleDefinitionSchema } from '../rules/rule.js';
import { serverDefinitionSchema } from '../servers/server.js';
import { nameSchema } from '../shared/names.js';
import { processSettingsShape } from './process-settings.js';

/** All that `wardround.yaml` may say. */
export const configurationSchema = z.strictObject({
  ...processSettingsShape,
  site: nameSchema.default('main').describe('Short name of the practice or clinic that all servers here belong to'),
  servers: z
    .array(serverDefinitionSchema)
    .min(1)
    .describe('The watched machines; the first one is meant where none is named'),
  checkups: z.array(checkupDefinitionSchema).default([]).describe('What is looked at on the servers, and how often'),
  backups: z.array(backupJobDefinitionSchema).default([]).describe('Backup jobs: what to back up, where to, when'),
  rules: z.array(ruleDefinitionSchema).default([]).describe('Error statuses: which signs mean trouble, and what to do'),
  recipientGroups: z
    .array(recipientGroupDefinitionSchema)
    .default([])
    .describe('Who is told, of what, and by which channel'),
  smtp: smtpDefinitionSchema.optional().describe('The mail server; without it, mails are shown in the inbox'),
});

export type Configuration = z.infer<typeof configurationSchema>;

/** The JSON Schema that editors check and complete `wardround.yaml` with. Committed as `wardround.schema.json`. */
export function configurationJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    title: "Wardround's configuration",
    ...z.toJSONSchema(configurationSchema, { io: 'input', unrepresentable: 'any' }),
  };
}

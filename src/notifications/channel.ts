import { z } from 'zod';
import { nameSchema } from '../shared/names.js';

/** A channel: the plugin that carries its messages, and the plugin's settings. */
export const channelDefinitionSchema = z.strictObject({
  plugin: nameSchema,
  parameters: z.record(z.string(), z.unknown()),
});
export type ChannelDefinition = z.infer<typeof channelDefinitionSchema>;

/** A channel as the file states it. */
export const statedChannelSchema = z.strictObject({
  name: nameSchema.describe('What subscriptions name'),
  plugin: nameSchema.optional().describe('A channel plugin; without it, the one of the same name'),
  parameters: z.record(z.string(), z.unknown()).default({}).describe("The plugin's own settings"),
});

/** The channel whose settings are those of the mail server (`smtp`). */
export const emailChannel = 'email';
/** The channel that needs no settings: messages are shown on the board. */
export const inboxChannel = 'inbox';

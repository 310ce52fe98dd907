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
  name: nameSchema.describe('Name used by subscriptions'),
  plugin: nameSchema.optional().describe('A channel plugin; default: the one with this name'),
  parameters: z.record(z.string(), z.unknown()).default({}).describe('Settings of the plugin'),
});

/** The channel whose settings are those of the mail server (`smtp`). */
export const emailChannel = 'email';
/** The channel that needs no settings: messages are shown on the board. */
export const inboxChannel = 'inbox';

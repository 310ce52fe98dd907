import { z } from 'zod';
import { pluginFaults, repeats } from '../definitions/checking/checks.js';
import { draftOf, draftText } from '../definitions/checking/draft.js';
import { pathFault } from '../definitions/checking/paths-and-references.js';
import type { Fault, Path } from '../definitions/checking/problem.js';
import { defineKind } from '../definitions/kind.js';
import { listSection, singleSection } from '../definitions/section.js';
import { channelDefinitionSchema, emailChannel, inboxChannel, statedChannelSchema } from './channel.js';
import { channelDefined, channelRetired } from './notifications.events.js';
import { smtpDefinitionSchema } from './recipient-group.js';

/** How messages reach people: a channel plugin with its settings. The mail server has its own section. */
export const channelKind = defineKind({
  name: 'channel',
  title: 'channel',
  scope: 'installation',
  schema: channelDefinitionSchema,
  defined: channelDefined,
  retired: channelRetired,
  nameField: 'channel',
  folder: 'channels',
  sections: [
    listSection({
      key: 'channels',
      references: [['parameters', '**']],
      describe: 'Additional channels with their own settings, besides e-mail and the inbox',
      item: statedChannelSchema,
      definition: ({ name, plugin = name, parameters }) => ({ plugin, parameters }),
      place: (channel, replace) => ({ ...channel, parameters: replace(channel.parameters) }),
      draft: draftOf({ name: draftText, plugin: draftText, parameters: z.unknown().optional() }),
      faults: (channels, path, { knowledge }) => [
        ...repeats(channels, path, 'channel'),
        ...channels.flatMap((channel, index) => [
          ...nameFaults(channel.name, [...path, index, 'name']),
          ...pluginFaults(
            'channel',
            { ...channel, plugin: channel.plugin ?? channel.name },
            [...path, index],
            knowledge,
          ),
        ]),
      ],
    }),
    singleSection({
      key: 'smtp',
      references: [['**']],
      describe: 'The mail server; without it, mails go to the inbox',
      name: emailChannel,
      item: smtpDefinitionSchema,
      definition: (smtp) => ({ plugin: 'email', parameters: { ...smtp } }),
      place: (smtp, replace) => ({ ...smtp, caFile: replace(smtp.caFile) }),
      draft: draftOf({ caFile: draftText }),
      faults: ({ caFile }, path) => (caFile === null ? [] : pathFault(caFile, [...path, 'caFile'])),
    }),
  ],
});

function nameFaults(name: string | null, path: Path): readonly Fault[] {
  if (name === emailChannel) {
    const advice =
      'Configure the mail server in `smtp`, or use another name for an additional mail server, with `plugin: email`';
    return [{ path, message: '"email" is the channel of the mail server', advice }];
  }
  if (name !== inboxChannel) return [];
  return [{ path, message: '"inbox" has no settings', advice: 'Remove it: the inbox is built in' }];
}

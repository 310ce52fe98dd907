import { draftOf, draftText } from '../definitions/checking/draft.js';
import { pathFault } from '../definitions/checking/paths-and-references.js';
import { defineSingleKind } from '../definitions/kind.js';
import { channelDefined, channelRetired } from './notifications.events.js';
import { smtpDefinitionSchema } from './recipient-group.js';

/** The only channel with settings of its own. */
export const emailChannel = 'email';

/** How a channel reaches people: today the mail server alone. */
export const channelKind = defineSingleKind({
  name: 'channel',
  title: 'channel',
  scope: 'installation',
  schema: smtpDefinitionSchema,
  defined: channelDefined,
  retired: channelRetired,
  nameField: 'channel',
  folder: 'channels',
  only: emailChannel,
  place: (smtp, replace) => ({ ...smtp, caFile: replace(smtp.caFile) }),
  section: {
    key: 'smtp',
    describe: 'The mail server; without it, mails are shown in the inbox',
    draft: draftOf({ caFile: draftText }),
    faults: ({ caFile }, path) => (caFile === null ? [] : pathFault(caFile, [...path, 'caFile'])),
  },
});

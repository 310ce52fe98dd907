import { z } from 'zod';
import { pluginFaults, timeFaults } from '../definitions/checking/checks.js';
import { repeatedAddresses, serverFaults } from '../definitions/checking/file-addresses.js';
import { draftOf, draftSchedule, draftText } from '../definitions/checking/draft.js';
import { defineKind } from '../definitions/kind.js';
import { listSection } from '../definitions/section.js';
import { checkupDefinitionSchema } from './checkup.js';
import { checkupDefined, checkupRetired } from './checkups.events.js';

/** What is looked at on a server, and how often. */
export const checkupKind = defineKind({
  name: 'checkup',
  title: 'check-up',
  scope: 'server',
  schema: checkupDefinitionSchema,
  defined: checkupDefined,
  retired: checkupRetired,
  nameField: 'checkup',
  folder: 'checkups',
  sections: [
    listSection({
      item: checkupDefinitionSchema,
      definition: (item) => item,
      place: (definition, replace) => ({ ...definition, parameters: replace(definition.parameters) }),
      key: 'checkups',
      references: [['parameters', '**']],
      describe: 'What is checked on the servers, and how often',
      draft: draftOf({ ...draftSchedule, plugin: draftText, parameters: z.unknown().optional() }),
      faults: (checkups, path, { knowledge, servers }) => [
        ...repeatedAddresses(checkups, servers, path, 'check-up'),
        ...checkups.flatMap((checkup, index) => [
          ...serverFaults(checkup.server, servers, [...path, index, 'server']),
          ...timeFaults(checkup, [...path, index], knowledge),
          ...pluginFaults('checkup', checkup, [...path, index], knowledge),
        ]),
      ],
    }),
  ],
});

import { z } from 'zod';
import { pluginFaults, repeats, timeFaults, unknownName } from '../definitions/checking/checks.js';
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
      describe: 'What is looked at on the servers, and how often',
      draft: draftOf({ ...draftSchedule, plugin: draftText, parameters: z.unknown().optional() }),
      faults(checkups, path, { knowledge, namesOf }) {
        const servers = namesOf('server');
        const addressed = checkups.map(({ name, server }) => ({ name, within: server ?? servers[0] ?? '' }));
        return [
          ...repeats(addressed, path, 'check-up'),
          ...checkups.flatMap((checkup, index) => [
            ...unknownName(checkup.server, servers, [...path, index, 'server'], 'server'),
            ...timeFaults(checkup, [...path, index], knowledge),
            ...pluginFaults('checkup', checkup, [...path, index], knowledge),
          ]),
        ];
      },
    }),
  ],
});

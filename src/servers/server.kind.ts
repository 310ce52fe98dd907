import { draftOf, draftText } from '../definitions/checking/draft.js';
import { repeats } from '../definitions/checking/checks.js';
import { defineKind } from '../definitions/kind.js';
import { listSection } from '../definitions/section.js';
import { serverDefinitionSchema } from './server.js';
import { serverDefined, serverRetired } from './servers.events.js';

/** A watched machine of a site. */
export const serverKind = defineKind({
  name: 'server',
  title: 'server',
  scope: 'server',
  schema: serverDefinitionSchema,
  defined: serverDefined,
  retired: serverRetired,
  nameField: 'server',
  folder: null,
  sections: [
    listSection({
      item: serverDefinitionSchema,
      definition: (item) => item,
      key: 'servers',
      describe: 'The watched machines; the first one is meant where none is named',
      required: true,
      draft: draftOf({ name: draftText }),
      faults: (servers, path) => repeats(servers, path, 'server'),
    }),
  ],
});

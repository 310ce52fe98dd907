import { draftOf, draftText } from '../definitions/checking/draft.js';
import type { Fault, Path } from '../definitions/checking/problem.js';
import { defineKind } from '../definitions/kind.js';
import { listSection } from '../definitions/section.js';
import { serverDefinitionSchema, statedServerSchema } from './server.js';
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
      item: statedServerSchema,
      definition: ({ site: _itsAddress, ...definition }) => definition,
      key: 'servers',
      describe: 'The watched machines; the first one is meant where none is named',
      required: true,
      draft: draftOf({ name: draftText, site: draftText }),
      faults: (servers, path) => repeatedServers(servers, path),
    }),
  ],
});

/** Servers of different sites may have the same name. */
function repeatedServers(
  servers: readonly { readonly name: string | null; readonly site: string | null }[],
  path: Path,
): readonly Fault[] {
  return servers.flatMap(({ name, site }, index) => {
    const isFirst = servers.findIndex((other) => other.name === name && other.site === site) === index;
    if (name === null || isFirst) return [];
    const message = `there is already a server "${name}"${site === null ? '' : ` of the site "${site}"`}`;
    return [{ path: [...path, index, 'name'], message, advice: 'Give each a name of its own' }];
  });
}

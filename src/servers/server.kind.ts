import { draftOf, draftText } from '../definitions/checking/draft.js';
import { serverText, type ServerAddress } from '../shared/address.js';
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
      describe: 'The monitored computers; the first one is the default',
      required: true,
      draft: draftOf({ name: draftText, site: draftText }),
      faults: (servers, path, context) => repeatedServers(servers, context.servers, path),
    }),
  ],
});

/** Servers of different sites may have the same name. @param addresses of those that have a name, in the same order */
function repeatedServers(
  servers: readonly { readonly name: string | null }[],
  addresses: readonly ServerAddress[],
  path: Path,
): readonly Fault[] {
  const texts = addresses.map(serverText);
  const places = servers.flatMap(({ name }, index) => (name === null ? [] : [index]));
  return addresses.flatMap(({ site, server }, at) => {
    if (texts.indexOf(texts[at] ?? '') === at) return [];
    const others = addresses.some((one) => one.site !== site);
    const message = `there is already a server "${server}"${others ? ` of the site "${site}"` : ''}`;
    return [{ path: [...path, places[at] ?? at, 'name'], message, advice: 'Use a different name for each' }];
  });
}

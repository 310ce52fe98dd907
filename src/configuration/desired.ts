import type { DefinitionRow } from '../definitions/definitions.entity.js';
import type { Configuration } from './configuration-file.js';

/** Something that is, or shall be, defined. */
export type Definition = Pick<DefinitionRow, 'kind' | 'site' | 'server' | 'name' | 'definition'>;

/** The only channel with settings of its own. */
export const emailChannel = 'email';

/** What a configuration states, in the order in which it is to be defined: servers before what runs on them. */
export function definitionsIn(configuration: Configuration): readonly Definition[] {
  const { site, servers, checkups, backups, rules, recipientGroups, smtp } = configuration;
  const first = servers[0]?.name ?? '';
  const global = { site: '', server: '' };
  return [
    ...servers.map((definition): Definition => {
      return { kind: 'server', site, server: definition.name, name: definition.name, definition };
    }),
    ...checkups.map((definition): Definition => {
      return { kind: 'checkup', site, server: definition.server ?? first, name: definition.name, definition };
    }),
    ...backups.map((definition): Definition => {
      return { kind: 'backup-job', site, server: definition.server ?? first, name: definition.name, definition };
    }),
    ...rules.map((definition): Definition => ({ kind: 'rule', ...global, name: definition.name, definition })),
    ...recipientGroups.map((definition): Definition => {
      return { kind: 'recipient-group', ...global, name: definition.name, definition };
    }),
    ...(smtp === undefined ? [] : [{ kind: 'channel', ...global, name: emailChannel, definition: smtp } as const]),
  ];
}

import type { PluginKind } from '../../plugins/sdk/plugin.js';

/** Where the plugins of a kind are, in the folder of all plugins: `sources/folder`, `destinations/folder`. */
export const kindFolders: Readonly<Record<PluginKind, string>> = {
  checkup: 'checkups',
  source: 'sources',
  destination: 'destinations',
  channel: 'channels',
};

/** The folders that a plugin may be in, the usual one first: a folder of plugins need not be divided by kind. */
export function foldersFor(kind: PluginKind, name: string): readonly string[] {
  return [`${kindFolders[kind]}/${name}`, name, `${name}-${kind}`];
}

import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PluginKind } from '../../plugins/sdk/plugin.js';
import { resolveReference } from '../../test/fixtures/plugin-calls.js';
import { tempFolder } from '../../test/fixtures/temp-folder.js';
import { packageRoot } from '../shared/package.adapter.js';
import { openPluginHost, type ForkingPluginHost } from './plugin-host.adapter.js';

const open: ForkingPluginHost[] = [];
afterEach(() => Promise.all(open.splice(0).map((host) => host.close())));

/** Writes a plugin whose summary is the folder it is in. */
function write(top: string, folder: string, kind: PluginKind, name: string): void {
  const sdk = pathToFileURL(join(packageRoot, 'dist/plugins/sdk/index.js')).href;
  mkdirSync(join(top, folder), { recursive: true });
  const text = `
    import { definePlugin, z } from ${JSON.stringify(sdk)};
    const nothing = async () => ({ status: 'ok', summary: 'ran' });
    export default definePlugin({
      kind: '${kind}', name: '${name}', summary: '${folder}', parameters: z.strictObject({ of: z.literal('${kind}') }),
      run: nothing, check: nothing, prepare: nothing, store: nothing, verify: nothing, list: nothing, remove: nothing,
      restore: nothing, send: nothing,
    });`;
  writeFileSync(join(top, folder, 'plugin.js'), text);
}

async function hostOf(pluginsFolder: string): Promise<ForkingPluginHost> {
  const host = await openPluginHost({ pluginsFolder, resolveReference });
  open.push(host);
  return host;
}

const kinds = [
  ['checkup', 'checkups'],
  ['source', 'sources'],
  ['destination', 'destinations'],
  ['channel', 'channels'],
] as const;

describe('the folder of all plugins', () => {
  it('is divided by kind, and plugins of different kinds may share a name', async () => {
    const top = tempFolder();
    for (const [kind, folder] of kinds) write(top, `${folder}/same`, kind, 'same');
    const host = await hostOf(top);
    expect(host.problems()).toEqual([]);
    for (const [kind, folder] of kinds) {
      const found = host.plugins().filter((plugin) => plugin.kind === kind);
      expect(found).toMatchObject([{ name: 'same', summary: `${folder}/same` }]);
      expect(await host.faultsOf(kind, 'same', { of: kind })).toEqual([]);
    }
    expect(await host.faultsOf('source', 'same', { of: 'destination' })).toMatchObject([{ path: ['of'] }]);
    const call = { kind: 'checkup', plugin: 'same', operation: 'run', parameters: { of: 'checkup' } } as const;
    expect(await host.call({ ...call, input: {}, timeoutMs: 20_000 })).toMatchObject({ summary: 'ran' });
  });

  it('may hold plugins directly, beside those in the folders of their kinds, which come first', async () => {
    const top = tempFolder();
    write(top, 'apart', 'checkup', 'apart');
    write(top, 'sources/folder', 'source', 'folder');
    write(top, 'folder-source', 'source', 'folder');
    const host = await hostOf(top);
    expect(host.plugins().map(({ summary }) => summary)).toEqual(['sources/folder', 'apart']);
    expect(host.problems()).toMatchObject([
      { folder: 'folder-source', message: /the source "folder" is already in the folder sources\/folder$/ },
    ]);
  });

  it('says where a plugin belongs that is in the folder of another kind', async () => {
    const top = tempFolder();
    write(top, 'sources/tape', 'destination', 'tape');
    mkdirSync(join(top, 'channels/fax'), { recursive: true });
    const host = await hostOf(top);
    expect(host.plugins()).toEqual([]);
    expect(host.problems()).toMatchObject([
      { folder: 'channels/fax', message: /channels\/fax has no plugin\.js$/ },
      {
        folder: 'sources/tape',
        message:
          /sources\/tape is not usable: its kind is "destination", so it must be in "destinations\/tape", not in "sources\/tape"$/,
      },
    ]);
    // Who asks for it by the kind of that folder is given the same reason.
    expect(await host.faultsOf('source', 'tape', {})).toMatchObject([{ message: /its kind is "destination"/ }]);
  });
});

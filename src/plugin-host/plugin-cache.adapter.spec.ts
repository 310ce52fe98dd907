import { afterEach, describe, expect, it } from '@jest/globals';
import { chmodSync, cpSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolveReference } from '../../test/fixtures/plugin-calls.js';
import { tempFolder } from '../../test/fixtures/temp-folder.js';
import { packageRoot } from '../shared/package.adapter.js';
import { openPluginHost, type ForkingPluginHost } from './plugin-host.adapter.js';

const open: ForkingPluginHost[] = [];
afterEach(() => Promise.all(open.splice(0).map((host) => host.close())));

/** A folder with two plugins, of which each look at one leaves a line in a file: `looks`. */
function pluginsFolder(): string {
  const folder = tempFolder();
  const sdk = pathToFileURL(join(packageRoot, 'dist/plugins/sdk/index.js')).href;
  for (const name of ['one', 'two']) {
    mkdirSync(join(folder, name));
    const text = `
      import { appendFileSync } from 'node:fs';
      import { definePlugin, z } from ${JSON.stringify(sdk)};
      appendFileSync(${JSON.stringify(join(folder, 'looks'))}, '${name}\\n');
      export default definePlugin({
        kind: 'checkup', name: '${name}', summary: 'A fixture.', parameters: z.strictObject({ word: z.string().max(9) }),
        run: async () => ({ status: 'ok', summary: 'well' }),
      });`;
    writeFileSync(join(folder, name, 'plugin.js'), text);
  }
  return folder;
}

function looksAt(folder: string): readonly string[] {
  const text = readFileSync(join(folder, 'looks'), 'utf8');
  writeFileSync(join(folder, 'looks'), '');
  return text.split('\n').filter(Boolean);
}

/** A start: finds the plugins, checks parameters, and closes. */
async function start(folder: string, cacheFile: string) {
  const host = await openPluginHost({ pluginsFolder: folder, resolveReference, cacheFile });
  open.push(host);
  const right = await host.faultsOf('checkup', 'one', { word: 'hunter2' });
  const wrong = await host.faultsOf('checkup', 'two', { word: 'too long a word' });
  const found = { plugins: host.plugins(), right, wrong: wrong.map(({ path }) => path) };
  await host.close();
  return found;
}

describe('what plugins say of themselves', () => {
  it('is asked once, and again when their files have changed', async () => {
    const [folder, cacheFile] = [pluginsFolder(), join(tempFolder(), 'cache.json')];
    const first = await start(folder, cacheFile);
    expect(first).toMatchObject({ plugins: [{ name: 'one' }, { name: 'two' }], right: [], wrong: [['word']] });
    expect(looksAt(folder)).toEqual(['one', 'two']);
    expect(await start(folder, cacheFile)).toEqual(first);
    // What is wrong is always asked, and nothing else of it is.
    expect(looksAt(folder)).toEqual(['two']);
    writeFileSync(join(folder, 'one', 'words.js'), 'export const words = [];');
    expect(await start(folder, cacheFile)).toEqual(first);
    expect(looksAt(folder)).toEqual(['one', 'two']);
  });

  it('takes no process at a start where nothing has changed', async () => {
    const [folder, cacheFile] = [pluginsFolder(), join(tempFolder(), 'cache.json')];
    await start(folder, cacheFile);
    looksAt(folder);
    const before = childProcesses();
    const host = await openPluginHost({ pluginsFolder: folder, resolveReference, cacheFile });
    open.push(host);
    expect(host.plugins()).toHaveLength(2);
    expect(await host.faultsOf('checkup', 'one', { word: 'hunter2' })).toEqual([]);
    // The one of the first start may have ended meanwhile.
    expect(childProcesses().filter((pid) => !before.includes(pid))).toEqual([]);
    expect(looksAt(folder)).toEqual([]);
  });

  it('is kept for this user alone, with nothing of the parameters in it', async () => {
    const cacheFile = join(tempFolder(), 'cache.json');
    await start(pluginsFolder(), cacheFile);
    if (process.platform !== 'win32') expect(statSync(cacheFile).mode & 0o777).toBe(0o600);
    const text = readFileSync(cacheFile, 'utf8');
    expect(text).toContain('A fixture.');
    expect(text).not.toMatch(/hunter2|too long a word/);
  });

  const damages: readonly [string, (file: string) => void][] = [
    ['cut off', (file) => writeFileSync(file, readFileSync(file, 'utf8').slice(0, 200))],
    ['altered', (file) => writeFileSync(file, readFileSync(file, 'utf8').replace('A fixture.', 'A forgery.'))],
    ['of another format', (file) => writeFileSync(file, '{"format":2,"plugins":[]}')],
    ['empty', (file) => writeFileSync(file, '')],
    ...(process.platform === 'win32'
      ? []
      : ([
          ['readable by others', (file) => chmodSync(file, 0o644)],
          [
            'a link',
            (file) => {
              renameSync(file, `${file}.elsewhere`);
              symlinkSync(`${file}.elsewhere`, file);
            },
          ],
        ] satisfies [string, (file: string) => void][])),
  ];
  it('counts for nothing where the file is not as it was written, and is asked again', async () => {
    const folder = pluginsFolder();
    const sound = join(tempFolder(), 'cache.json');
    const first = await start(folder, sound);
    for (const [how, damage] of damages) {
      const cacheFile = join(tempFolder(), 'cache.json');
      cpSync(sound, cacheFile);
      damage(cacheFile);
      looksAt(folder);
      expect([how, await start(folder, cacheFile)]).toEqual([how, first]);
      expect([how, looksAt(folder)]).toEqual([how, ['one', 'two']]);
    }
  });
});

function childProcesses(): readonly string[] {
  if (process.platform !== 'linux') return [];
  return readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
}

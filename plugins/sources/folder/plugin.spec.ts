import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, win32 } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testContext } from '../../sdk/testing.js';
import plugin from './plugin.js';
import { storedAs } from './stored-as.js';

let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'wardround-folder-')));
});
afterEach(() => rmSync(folder, { recursive: true }));

const contextOf = (parameters: { paths: string[]; recursive?: boolean; exclude?: string[] }) => ({
  ...testContext(plugin, parameters),
  scratch: folder,
});

describe('the source folder', () => {
  it('hands its folders and files over, each where its path says', async () => {
    mkdirSync(join(folder, 'records'));
    writeFileSync(join(folder, 'letter.txt'), 'Dear Sir');
    const context = contextOf({ paths: [join(folder, 'records'), join(folder, 'letter.txt')], exclude: ['*.tmp'] });
    const { trees } = await plugin.prepare(context);
    expect(trees).toEqual(
      ['records', 'letter.txt'].map((name) => ({
        path: join(folder, name),
        as: storedAs(join(folder, name), process.platform === 'win32' ? win32 : posix),
        recursive: true,
        exclude: ['*.tmp'],
        owned: false,
      })),
    );
    expect(trees[1]?.as.endsWith('/letter.txt')).toBe(true);
  });

  it('says how much there is', async () => {
    writeFileSync(join(folder, 'a'), 'x'.repeat(100));
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub', 'b'), 'x'.repeat(23));
    await expect(plugin.check(contextOf({ paths: [folder] }))).resolves.toEqual({ estimatedBytes: 123 });
    const flat = contextOf({ paths: [folder], recursive: false });
    await expect(plugin.check(flat)).resolves.toEqual({ estimatedBytes: 100 });
  });

  it('says which folder does not exist', async () => {
    const missing = join(folder, 'missing');
    const context = contextOf({ paths: [folder, missing] });
    await expect(plugin.check(context)).rejects.toThrow(`the folder ${missing} does not exist`);
    await expect(plugin.prepare(context)).rejects.toThrow(`the folder ${missing} does not exist`);
  });

  it('says which folder may not be read', async () => {
    // Root may read everything: then there is nothing to be refused.
    if (process.platform === 'win32' || process.getuid?.() === 0) return;
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0 });
    await expect(plugin.check(contextOf({ paths: [closed] }))).rejects.toThrow(
      `${closed} cannot be read: permission denied`,
    );
    chmodSync(closed, 0o700);
  });

  it('refuses what is neither a folder nor a file', async () => {
    if (process.platform === 'win32') return;
    await expect(plugin.check(contextOf({ paths: ['/dev/null'] }))).rejects.toThrow('neither a folder nor a file');
  });

  it('takes a link that is named for what it leads to, and says so', async () => {
    if (process.platform === 'win32') return;
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    const context = contextOf({ paths: [join(folder, 'link')] });
    const { trees } = await plugin.prepare(context);
    expect(trees).toMatchObject([{ path: join(folder, 'real'), as: storedAs(join(folder, 'link'), posix) }]);
    expect(context.logged).toEqual([
      {
        level: 'info',
        place: join(folder, 'link'),
        text: `${join(folder, 'link')} leads to ${join(folder, 'real')}, which is backed up`,
      },
    ]);
  });

  it.each([[{}], [{ paths: [] }], [{ paths: [''] }], [{ paths: ['/srv'], folders: ['/x'] }]])(
    'refuses the parameters %j',
    (parameters) => {
      expect(plugin.parameters.safeParse(parameters).success).toBe(false);
    },
  );
});

describe('where a path is in a snapshot', () => {
  it.each([
    ['/srv/records', posix, 'srv/records'],
    ['/srv/records/', posix, 'srv/records'],
    ['/', posix, ''],
    ['/odd\\name', posix, 'odd\\name'],
    ['C:\\Data', win32, 'C/Data'],
    ['C:\\', win32, 'C'],
    ['d:/Data/Sub', win32, 'd/Data/Sub'],
    ['\\\\server\\share\\folder', win32, 'server/share/folder'],
  ])('%s', (path, rules, as) => {
    expect(storedAs(path, rules)).toBe(as);
  });
});

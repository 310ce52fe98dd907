import { describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../src/shared/package.adapter.js';
import { tempFolder } from '../fixtures/temp-folder.js';
import { restoredAs, texts, Ward } from '../fixtures/ward.js';

jest.setTimeout(120_000);

const stays = [
  'anna/letter.txt',
  'ben/letter.txt',
  'anna/deep/Downloads/kept',
  'ben/Downloads/kept',
  'ben/.cache-of-mine',
];
const goes = ['anna/.cache/big', 'ben/.cache/big', 'anna/Downloads/film', 'anna/.local/share/Trash/old'];

function home(): string {
  const folder = join(tempFolder(), 'home');
  for (const file of [...stays, ...goes]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), file);
  }
  return folder;
}

function configurationOf(paths: readonly string[], exclude: readonly string[], folder: string) {
  const parameters = { paths, exclude };
  const sources = [{ name: 'homes', plugin: 'folder', parameters }];
  return { backups: [{ name: 'homes', sources, localCopy: { path: join(folder, 'local') } }] };
}

async function backedUp(paths: readonly string[], exclude: readonly string[]) {
  const folder = tempFolder();
  const ward = await Ward.openForTest({ configuration: configurationOf(paths, exclude, folder) });
  const run = await ward.run('homes');
  expect(run.outcome).toBe('succeeded');
  const to = join(folder, 'restored');
  await ward.restore('homes', { to });
  return { has: (file: string) => existsSync(restoredAs(to, 'homes', file)), told: texts(run) };
}

/** What a scan by a user who is not root finds, and what it says. */
function scannedAsStranger(path: string, exclude: readonly string[]): { names: string[]; notices: string[] } {
  const scan = join(packageRoot, 'dist/plugins/sdk/files/scan.js');
  const gauge = join(packageRoot, 'dist/plugins/sdk/files/gauge.js');
  const tree = JSON.stringify({ path, as: 'x', recursive: true, exclude, owned: false });
  const script = `
    const [{ scanTree }, { Gauge }] = await Promise.all([import('${scan}'), import('${gauge}')]);
    const notices = [];
    const options = { gauge: new Gauge(), leaveOut: new Set(), leaveOutPaths: new Set(), onNotice: ({ text }) => notices.push(text) };
    console.log(JSON.stringify({ names: [...scanTree(${tree}, options)].map((item) => item.path), notices }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    uid: 4242,
    gid: 4242,
  });
  if (stderr.length > 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString()) as { names: string[]; notices: string[] };
}

const asRoot = process.getuid?.() === 0 ? it : it.skip;

describe('exclusions as other tools have them', () => {
  asRoot('F19 kind: what is omitted by its name is not looked at (F21; needs root)', () => {
    // Names can be listed here, and nothing can be looked at: what a FUSE mount of another user is to root.
    const folder = join(tempFolder(), 'listed');
    mkdirSync(folder);
    writeFileSync(join(folder, '.gvfs'), '');
    chmodSync(folder, 0o744);
    chmodSync(dirname(folder), 0o755);
    expect(scannedAsStranger(folder, []).notices).toEqual([expect.stringContaining('.gvfs cannot be read')]);
    expect(scannedAsStranger(folder, ['.gvfs']).notices).toEqual([]);
    expect(scannedAsStranger(folder, ['.gvfs/']).notices).toEqual([]);
    expect(scannedAsStranger(folder, ['*.tmp']).notices).toHaveLength(1);
  });

  it('F19: one that begins with one of the paths means that place; the protocol names those that matched nothing', async () => {
    const top = home();
    const exclude = [`${top}/*/.cache`, `${top}/anna/Downloads`, '.local/share/Trash', '*.iso'];
    const { has, told } = await backedUp([top], exclude);
    for (const file of stays) expect([file, has(join(top, file))]).toEqual([file, true]);
    for (const file of goes.slice(0, 3)) expect([file, has(join(top, file))]).toEqual([file, false]);
    expect(has(join(top, 'anna/.local/share/Trash/old'))).toBe(true);
    const notes = told.filter((text) => text.includes('no file matched'));
    expect(notes).toEqual([
      expect.stringContaining(
        'homes: no file matched the exclusions ".local/share/Trash", "*.iso". ".local/share/Trash" is relative to the top of ' +
          'each path; to match at any depth, use "**/.local/share/Trash"',
      ),
    ]);
  });

  it('F19 kind: with several paths, and one of them a link, each exclusion counts where it lies', async () => {
    const top = home();
    const link = join(dirname(top), 'link');
    symlinkSync(join(top, 'ben'), link);
    const exclude = [`${top}/anna/Downloads`, `${dirname(top)}/*/.cache`, `${link}/Downloads`, '**/share/Trash'];
    const { has, told } = await backedUp([join(top, 'anna'), link], exclude);
    expect(has(join(top, 'anna/Downloads/film'))).toBe(false);
    expect(has(join(link, '.cache/big'))).toBe(false);
    expect(has(join(link, 'Downloads/kept'))).toBe(false);
    expect(has(join(link, 'letter.txt'))).toBe(true);
    expect(has(join(top, 'anna/.local/share/Trash/old'))).toBe(false);
    expect(told.filter((text) => text.includes('no file matched'))).toEqual([]);
  });

  it('F19: what cannot be meant is refused by apply, each with its line and what to write', async () => {
    const top = home();
    const folder = tempFolder();
    const ward = await Ward.openForTest({ configuration: configurationOf([top], [], folder) });
    ward.configure(
      configurationOf([top], ['fm:*/node_modules', '~/Downloads', './anna/x', '/var/cache', '*.tmp'], folder),
    );
    const { body } = await ward.post('/api/v1/configuration/apply', { dryRun: true });
    const { outcome, problems } = body as {
      outcome: string;
      problems: { line: number; path: string; message: string }[];
    };
    expect(outcome).toBe('refused');
    expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      expect.stringMatching(/parameters\.exclude\[0\].*starts with "fm:".*write "node_modules"/),
      expect.stringMatching(/parameters\.exclude\[1\].*starts with "~"/),
      expect.stringMatching(/parameters\.exclude\[2\].*write "anna\/x"/),
      expect.stringMatching(/parameters\.exclude\[3\].*is outside of all paths/),
    ]);
    const lines = problems.map(({ line }) => line);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
    expect(new Set(lines).size).toBe(4);
  });
});

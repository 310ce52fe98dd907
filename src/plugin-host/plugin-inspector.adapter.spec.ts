import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { guestPlugins, openSoonHost } from '../../test/fixtures/guests.js';
import { fixturePlugins, isGone, openFixtureHost, runCheckup } from '../../test/fixtures/plugin-calls.js';
import { compiledFile, packageRoot } from '../shared/package.adapter.js';
import type { ForkingPluginHost } from './plugin-host.adapter.js';

let host: ForkingPluginHost;
beforeAll(async () => {
  host = await openSoonHost(guestPlugins);
});
afterAll(() => host.close());

describe('plugins that are looked at', () => {
  it('R9: do no harm here by what their modules do later', async () => {
    expect(host.problems()).toEqual([]);
    const names = host.plugins().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['throws-later', 'loops-later', 'exits-later', 'keeps-exit', 'calm']));
    await sleep(300);
    expect((await runCheckup(host, 'calm', { parameters: { text: 'all' } })).result).toMatchObject({
      summary: 'ran with all',
    });
  });

  it('R9: are not loaded by `wardround` itself: a timer that throws does not end it', async () => {
    const script = `
      import { openPluginHost } from ${JSON.stringify(moduleOf('./plugin-host.adapter.js'))};
      const host = await openPluginHost({
        pluginsFolder: ${JSON.stringify(guestPlugins)},
        resolveReference: () => null,
        limits: { loadTimeoutMs: 2000 },
      });
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { wardroundWasHere = false } = globalThis;
      console.log(JSON.stringify([host.plugins().length, [1].map(String), wardroundWasHere, process.cwd()]));
      await host.close();
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: packageRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    await once(child, 'close');
    expect(JSON.parse(said)).toEqual([readdirSync(guestPlugins).length, ['1'], false, packageRoot]);
    expect(child.exitCode).toBe(0);
  });

  it('R9 kind: check their parameters elsewhere, and one whose check hangs or ends the process is at fault alone', async () => {
    const faults = await Promise.all([
      host.faultsOf('checkup', 'calm', { text: 1 }),
      host.faultsOf('checkup', 'checks-forever', { how: 'exit' }),
      host.faultsOf('checkup', 'calm', { text: 'x' }),
      host.faultsOf('checkup', 'checks-forever', { how: 'loop' }),
      host.faultsOf('checkup', 'calm', { text: 'x', txet: 'y' }),
      host.faultsOf('checkup', 'checks-forever', { how: 'badly' }),
    ]);
    expect(faults).toEqual([
      [{ path: ['text'], message: 'Invalid input: expected string, received number' }],
      [{ path: [], message: 'the plugin cannot check it: its own check of its parameters ended the process' }],
      [],
      [
        {
          path: [],
          message: 'the plugin cannot check it: its own check of its parameters did not finish after 2000 ms',
        },
      ],
      [{ path: [], message: 'Unrecognized key: "txet"' }],
      [{ path: [], message: 'is not well' }],
    ]);
  });

  it('R9 kind: say the same of parameters as their schema here would', async () => {
    const fixtures = await openFixtureHost();
    expect(await fixtures.faultsOf('checkup', 'echo', { text: '${env:ANY}', number: '${env:N}' })).toEqual([]);
    expect(await fixtures.faultsOf('checkup', 'echo', { number: 11, other: new Date(0) })).toEqual([
      { path: ['text'], message: 'Invalid input: expected string, received undefined' },
      { path: ['number'], message: 'Too big: expected number to be <=10' },
      { path: [], message: 'Unrecognized key: "other"' },
    ]);
    await fixtures.close();
  });

  it('R9 kind: are looked at in a process that ends with this one, also while one of them hangs', async () => {
    const script = `
      import { PluginInspector } from ${JSON.stringify(moduleOf('./plugin-inspector.adapter.js'))};
      const file = ${JSON.stringify(join(fixturePlugins, '../broken-plugins/hangs-on-load/plugin.js'))};
      void new PluginInspector(60000).ask({ type: 'describe', folder: 'hangs-on-load', file });
      setTimeout(() => console.log('asked'), 700);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    const [inspector = 0] = childrenOf(parent.pid ?? 0);
    expect(inspector).toBeGreaterThan(0);
    parent.kill('SIGKILL');
    expect(await isGone(inspector)).toBe(true);
  });
});

function moduleOf(file: string): string {
  return pathToFileURL(compiledFile(import.meta.url, file)).href;
}

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

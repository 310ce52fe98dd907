import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { openSoonHost, tidyPlugins } from '../../test/fixtures/guests.js';
import { isGone, runCheckup } from '../../test/fixtures/plugin-calls.js';
import { compiledFile } from '../shared/package.adapter.js';
import { defaultLimits, type ReuseLimits } from './limits.js';
import type { ForkingPluginHost } from './plugin-host.adapter.js';

const foundSchema = z.object({ pid: z.number(), calls: z.number(), aborted: z.boolean(), folder: z.string() });
const detailsSchema = z.object({ details: z.string() });

const open: ForkingPluginHost[] = [];
async function hostWith(reuse: Partial<ReuseLimits> = {}) {
  const host = await openSoonHost(tidyPlugins, { reuse: { ...defaultLimits.reuse, idleMs: 60_000, ...reuse } });
  open.push(host);
  return host;
}
afterEach(() => Promise.all(open.splice(0).map((host) => host.close())));

/** Runs the fixture, and says what it found in its process. */
async function call(host: ForkingPluginHost, parameters: Readonly<Record<string, string>> = {}, timeoutMs = 20_000) {
  const { result, error, said } = await runCheckup(host, 'leaves-behind', { parameters, timeoutMs });
  if (result === null) throw new Error(String(error));
  return { ...foundSchema.parse(JSON.parse(detailsSchema.parse(result).details)), said };
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('processes of plugins (Linux)', () => {
  it('serve one call after the other, each with what is its own', async () => {
    const host = await hostWith();
    const [first, second] = [await call(host, { text: 'one' }), await call(host, { text: 'two' })];
    const failing = await runCheckup(host, 'leaves-behind', { parameters: { text: 'fail' } });
    const after = await call(host);
    expect(second.pid).toBe(first.pid);
    expect(failing.error).toMatchObject({ message: expect.stringContaining(`"pid":${first.pid}`) });
    expect([first.calls, second.calls]).toEqual([1, 2]);
    // Whether a process is kept after a call that failed depends on what it holds by then; it is the same or a new one.
    expect(after.calls).toBe(after.pid === first.pid ? 4 : 1);
    expect([...first.said].sort()).toEqual(['info logged one', 'info printed one', 'info unfinished one']);
    expect([...second.said].sort()).toEqual(['info logged two', 'info printed two', 'info unfinished two']);
  });

  it.each(['folder', 'timer', 'memory', 'program'])(
    'serve no further call after one that has left something behind (%s)',
    async (how) => {
      const host = await hostWith();
      const left = await call(host, { how });
      const next = await call(host);
      expect(next).toMatchObject({ calls: 1, folder: '/' });
      expect(await isGone(left.pid)).toBe(true);
    },
  );

  it('serve no further call after one that was stopped, also if it gave a result', async () => {
    const host = await hostWith();
    const late = await call(host, { text: 'hang' }, 2_000);
    expect(late.aborted).toBe(true);
    expect(await call(host)).toMatchObject({ calls: 1, aborted: false });
  });

  it('do not let one call print into the next', async () => {
    const host = await hostWith();
    const before = await call(host, { how: 'printer' });
    const next = await call(host, { text: 'slow' });
    expect(next.said.filter((line) => line.includes('earlier call'))).toEqual([]);
    expect(next.said).toContain('info printed slow');
    await sleep(50);
    expect((await call(host)).pid).not.toBe(before.pid);
  });

  it('that have seen a secret serve only calls with the same', async () => {
    const host = await hostWith();
    const [plain, with1, with2, plain2] = [
      await call(host, { text: 'plain' }),
      await call(host, { text: '${env:SECRET}' }),
      await call(host, { text: 'and ${env:SECRET}' }),
      await call(host, { text: 'plain' }),
    ];
    expect(with1.pid).not.toBe(plain.pid);
    expect([with2.pid, plain2.pid]).toEqual([with1.pid, plain.pid]);
    expect(JSON.stringify([with1.said, with2.said])).not.toContain('hunter2');
  });

  it('end after a while, when there are too many, after many calls, and with the host', async () => {
    const brief = await call(await hostWith({ idleMs: 100 }));
    expect(await isGone(brief.pid)).toBe(true);

    const host = await hostWith({ idleProcesses: 1, calls: 2 });
    const first = await call(host);
    const other = await call(host, { text: '${env:SECRET}' });
    expect(await isGone(first.pid)).toBe(true);
    expect(await call(host, { text: '${env:SECRET}' })).toMatchObject({ pid: other.pid, calls: 2 });
    const last = await call(host, { text: '${env:SECRET}' });
    expect(last.calls).toBe(1);
    await host.close();
    expect(await isGone(last.pid)).toBe(true);
  });

  it('that wait do not keep Wardround from ending', async () => {
    const script = `
      import { openPluginHost } from ${JSON.stringify(pathToFileURL(compiledFile(import.meta.url, './plugin-host.adapter.js')).href)};
      const host = await openPluginHost({ pluginsFolder: ${JSON.stringify(tidyPlugins)}, resolveReference: () => null });
      const call = { kind: 'checkup', plugin: 'leaves-behind', operation: 'run', input: {}, timeoutMs: 20000 };
      console.log((await host.call({ ...call, parameters: {} })).details);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    parent.stdout.on('data', (text: Buffer) => (said += text.toString()));
    await once(parent, 'close');
    expect(parent.exitCode).toBe(0);
    expect(await isGone(foundSchema.parse(JSON.parse(said)).pid)).toBe(true);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { compiledFile, packageRoot } from '../shared/package.adapter.js';
import type { PluginLimits } from './limits.js';
import { openPluginHost, type ForkingPluginHost } from './plugin-host.adapter.js';
import type { PluginLine } from './plugin-host.js';
import type { Reference } from './references.js';

const pluginsFolder = join(packageRoot, 'test/fixtures/plugins');
const secret = 'hunter2/zwölf';

function resolveReference(reference: Reference): string | null {
  if (reference.kind === 'data') return '/var/lib/wardround';
  return reference.kind === 'env' && reference.name === 'SECRET' ? secret : null;
}

function open(limits: Partial<PluginLimits> = {}) {
  return openPluginHost({ pluginsFolder, resolveReference, limits: { killAfterMs: 200, ...limits } });
}

let host: ForkingPluginHost;
beforeAll(async () => {
  host = await open();
});
afterAll(() => host.close());

interface RunOptions {
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  onLine?(line: PluginLine): void;
}

/** Runs a check-up, and gives back its result or its error, with all that it said on the way. */
async function run(plugin: string, options: RunOptions = {}, on = host) {
  const { parameters = {}, timeoutMs = 20_000, signal, onLine } = options;
  const said: string[] = [];
  const end = await on
    .call({
      kind: 'checkup',
      plugin,
      operation: 'run',
      parameters,
      input: {},
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
      onLine: (line) => {
        said.push(`${line.level} ${line.text} ${line.place}`.trim());
        onLine?.(line);
      },
      onProgress: ({ files, totalFiles }) => said.push(`${files} of ${totalFiles}`),
    })
    .then(
      (result: unknown) => ({ result, error: null }),
      (error: unknown) => ({ result: null, error }),
    );
  return { ...end, said };
}

/** Whether a process is there; one that has ended and was not waited for yet counts as gone. */
async function isGone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return true;
      throw error;
    }
    await pause(50);
  }
  return false;
}

describe('a plugin host', () => {
  it('finds the plugins of a folder and describes their parameters', () => {
    expect(host.problems()).toEqual([]);
    expect(host.plugins().find(({ name }) => name === 'echo')).toMatchObject({
      kind: 'checkup',
      summary: 'A fixture: says what it was given, in every way it can.',
      jsonSchema: { properties: { text: { type: 'string' } }, required: ['text'] },
    });
  });

  it('finds every plugin that is shipped', async () => {
    const shipped = await openPluginHost({ pluginsFolder: join(packageRoot, 'dist/plugins'), resolveReference });
    expect(shipped.problems()).toEqual([]);
    const names = shipped.plugins().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['disk-space', 'inbox', 'load', 'memory']));
  });

  it('names each broken plugin with what is wrong, and uses the sound one among them', async () => {
    const broken = await openPluginHost({
      pluginsFolder: join(packageRoot, 'test/fixtures/broken-plugins'),
      resolveReference,
      limits: { loadTimeoutMs: 1_500 },
    });
    const problems = new Map(broken.problems().map(({ folder, message }) => [folder, message]));
    expect(problems.get('throws-on-load')).toMatch('it cannot be loaded: this machine has no tape drive');
    expect(problems.get('exits-on-load')).toMatch('it ended the process while it was loaded');
    expect(problems.get('hangs-on-load')).toMatch('it was not loaded after 1500 ms');
    expect(problems.get('never-loads')).toMatch('it was not loaded after 1500 ms');
    expect(problems.get('exports-nothing')).toMatch('its default export is not definePlugin');
    expect(problems.get('other-name')).toMatch('its name is "another-name"');
    expect(problems.get('half-a-source')).toMatch('a source needs the function prepare');
    expect(problems.get('empty-folder')).toMatch('holds no plugin.js');
    expect(broken.plugins().map(({ name }) => name)).toEqual(['sound']);
    expect(broken.faultsOf('source', 'half-a-source', {})).toMatchObject([{ message: /needs the function prepare/ }]);
    await broken.close();
  });

  it('tells the faults of parameters, and accepts references whose values are not known yet', () => {
    expect(host.faultsOf('checkup', 'echo', { text: 'x', number: 11 })).toMatchObject([{ path: ['number'] }]);
    expect(host.faultsOf('checkup', 'echo', { text: '${env:ANY}', number: '${env:N}' })).toEqual([]);
    expect(host.faultsOf('channel', 'echo', {})).toEqual([
      { path: [], message: 'there is no channel plugin "echo"; there is sends' },
    ]);
  });

  it('runs a call, and hands over what it says on the way', async () => {
    const { result, said } = await run('echo', { parameters: { text: 'hello' } });
    expect(result).toEqual({
      status: 'ok',
      summary: 'got hello',
      details: `at ${new Date().getUTCFullYear()}`,
      metrics: [{ name: 'number', value: 3, unit: '' }],
    });
    expect(said.filter((text) => !text.startsWith('info') && !text.includes('complained'))).toEqual([
      'warning logged hello /at/hello',
      '1 of 100',
      '100 of 100',
    ]);
    expect(said).toEqual(expect.arrayContaining(['info printed hello', 'warning complained hello']));
  });

  it('hands over what an operation takes', async () => {
    const message = { id: 'm1', to: ['a@example.org'], subject: '', text: '', html: '' };
    await expect(
      host.call({
        kind: 'channel',
        plugin: 'sends',
        operation: 'send',
        parameters: {},
        input: { message },
        timeoutMs: 20_000,
      }),
    ).resolves.toEqual({ receipt: 'took m1' });
  });

  it('lets no resolved reference out: not in lines, results or errors', async () => {
    const good = await run('echo', { parameters: { text: '${env:SECRET}' } });
    expect(good.result).toMatchObject({ summary: 'got •••' });
    expect(good.said).toEqual(
      expect.arrayContaining(['warning logged ••• /at/•••', 'info printed •••', 'warning complained •••']),
    );
    const bad = await run('echo', { parameters: { text: '${env:SECRET}', fail: true } });
    expect(bad.error).toMatchObject({ code: 'plugin-failed', message: 'echo: no entry with •••' });
    expect(JSON.stringify([good, bad])).not.toContain('hunter2');
  });

  it('refuses a call with parameters that are wrong or refer to nothing', async () => {
    expect((await run('echo', { parameters: { text: 'x', number: 11 } })).error).toMatchObject({
      code: 'plugin-invalid',
      message: 'echo: its parameters are wrong: number: Too big: expected number to be <=10',
    });
    expect((await run('echo', { parameters: { text: '${env:GONE}' } })).error).toMatchObject({
      code: 'plugin-invalid',
      message: 'echo: text: ${env:GONE} is not set; give Wardround the environment variable GONE',
    });
    expect((await run('no-such-plugin')).error).toMatchObject({ code: 'plugin-unknown' });
  });
});

describe('a plugin that', () => {
  it.each([
    ['throws', 'error', 'plugin-failed', 'throws: the disk is on fire'],
    ['throws a text', 'text', 'plugin-failed', 'throws: just a text'],
    [
      'throws a circular object',
      'circular',
      'plugin-failed',
      'throws: something that is no error was thrown: an object',
    ],
    ['misses a file', 'absent', 'plugin-failed', 'throws: /no/such/certificate.pem does not exist'],
    ['fails later', 'later', 'plugin-failed', 'throws: rejected behind the back'],
    ['throws in a callback', 'callback', 'plugin-failed', 'throws: thrown in a callback'],
    ['meets a full disk', 'full', 'no-space', 'throws: no space left on the disk of /backup/x'],
    ['meets a quota', 'quota', 'no-space', 'throws: copying failed: EDQUOT: write'],
  ])('%s is reported with its text', async (_, what, code, message) => {
    expect((await run('throws', { parameters: { what } })).error).toMatchObject({ code, message });
  });

  it('says whether trying again is of use says so to the caller', async () => {
    expect((await run('throws', { parameters: { what: 'permanent' } })).error).toMatchObject({
      code: 'plugin-failed',
      cause: { name: 'PermanentFailure', message: 'no such mailbox' },
    });
    expect((await run('throws', { parameters: { what: 'retryable' } })).error).toMatchObject({
      code: 'plugin-failed',
      cause: { name: 'RetryableFailure', message: 'greylisted' },
    });
  });

  it.each(['nothing', 'text', 'status', 'metric', 'function', 'huge'])(
    'gives back nonsense (%s) has failed',
    async (what) => {
      expect((await run('nonsense', { parameters: { what } })).error).toMatchObject({ code: 'plugin-failed' });
    },
  );

  it('hangs in a loop is killed when its time is up, and what it said before is there', async () => {
    const { error, said } = await run('hangs-in-a-loop', { timeoutMs: 1_500 });
    expect(error).toMatchObject({ code: 'plugin-timed-out', message: 'hangs-in-a-loop: did not end within 1.5 s' });
    expect(said).toEqual(['info before the loop']);
  });

  it('ignores the abort signal hears it first and is killed then', async () => {
    const { error, said } = await run('ignores-abort', { timeoutMs: 1_500 });
    expect(error).toMatchObject({ code: 'plugin-timed-out' });
    expect(said).toContain('info heard: its time is up');
    expect(await isGone(Number(/\d+/.exec(said[0] ?? '')?.[0]))).toBe(true);
  });

  it('is cancelled ends as cancelled', async () => {
    const cancelling = new AbortController();
    const { error } = await run('heeds-abort', { signal: cancelling.signal, onLine: () => cancelling.abort() });
    expect(error).toMatchObject({ code: 'cancelled', message: 'heeds-abort: was cancelled' });
  });

  it('prints 200 MB keeps 64 KiB of it, and ends well', async () => {
    const { result, said } = await run('prints-much');
    expect(result).toMatchObject({ summary: 'printed it all' });
    expect(said[0]).toBe('info first line');
    expect(said.at(-1)).toBe('warning output cut after 64 KiB');
    expect(said.join('\n').length).toBeLessThan(70 * 1024);
  });

  it('logs without end keeps 20,000 lines', async () => {
    const { said } = await run('logs-much');
    expect(said).toHaveLength(20_001);
    expect(said.at(-1)).toBe('warning further lines dropped after 20000');
  });

  it.each(['eats-heap', 'eats-buffers'])('takes too much memory (%s) is ended for it', async (plugin) => {
    const small = await open({ heapMb: { checkup: 64, source: 64, destination: 64, channel: 64 } });
    expect((await run(plugin, {}, small)).error).toMatchObject({ code: 'plugin-out-of-memory' });
  });

  it('exits is reported with its exit code', async () => {
    expect((await run('exits')).error).toMatchObject({
      code: 'plugin-crashed',
      message: 'exits: its process ended with exit code 3 before it gave a result',
    });
  });

  it('runs programs does so without a shell, and reports those that fail', async () => {
    expect((await run('starts-programs', { parameters: { what: 'greet' } })).result).toMatchObject({
      summary: 'hello world $(id); "quoted"',
    });
    expect((await run('starts-programs', { parameters: { what: 'absent' } })).error).toMatchObject({
      message:
        'starts-programs: no-such-program-anywhere was not found: is it installed, and in the PATH of Wardround?',
    });
    expect((await run('starts-programs', { parameters: { what: 'fails' } })).error).toMatchObject({
      message: expect.stringMatching(/ended with exit code 4: bad luck$/),
    });
  });

  it('is killed takes the programs that it started with it', async () => {
    const { said } = await run('starts-programs', { parameters: { what: 'hangs' }, timeoutMs: 2_500 });
    const grandchild = Number(/grandchild (\d+)/.exec(said.join('\n'))?.[1]);
    expect(await isGone(grandchild)).toBe(true);
  });

  it('breaks its caller ends with what the caller threw', async () => {
    const broken = () => {
      throw new Error('the log is closed');
    };
    expect((await run('heeds-abort', { onLine: broken })).error).toEqual(new Error('the log is closed'));
  });
});

describe('calls', () => {
  it('of one kind wait for each other when there are too many; other kinds do not wait for them', async () => {
    const narrow = await open({ concurrentCalls: { checkup: 1, source: 1, destination: 1, channel: 1 } });
    const first = new AbortController();
    const started = new Promise<void>((resolve) => {
      void run('heeds-abort', { signal: first.signal, onLine: () => resolve() }, narrow);
    });
    await started;
    const waiting = run('echo', { parameters: { text: 'waited' } }, narrow);
    const leaving = new AbortController();
    const left = run('echo', { parameters: { text: 'left' }, signal: leaving.signal }, narrow);
    const message = { id: 'm2', to: [], subject: '', text: '', html: '' };
    await narrow.call({
      kind: 'channel',
      plugin: 'sends',
      operation: 'send',
      parameters: {},
      input: { message },
      timeoutMs: 20_000,
    });
    leaving.abort();
    expect((await left).error).toMatchObject({ code: 'cancelled' });
    first.abort();
    expect((await waiting).result).toMatchObject({ summary: 'got waited' });
  });

  it('still running when the host closes are ended, and later ones are refused', async () => {
    const closing = await open();
    const running = run('ignores-abort', { onLine: () => void closing.close() }, closing);
    expect((await running).error).toMatchObject({ code: 'cancelled' });
    expect((await run('echo', { parameters: { text: 'x' } }, closing)).error).toMatchObject({ code: 'cancelled' });
  });

  it.each(['hangs-in-a-loop', 'ignores-abort'])('do not outlive a killed Wardround (%s)', async (plugin) => {
    const script = `
      import { openPluginHost } from ${JSON.stringify(pathToFileURL(compiledFile(import.meta.url, './plugin-host.adapter.js')).href)};
      const host = await openPluginHost({ pluginsFolder: ${JSON.stringify(pluginsFolder)}, resolveReference: () => null });
      const said = new Promise((resolve) => {
        void host.call({ kind: 'checkup', plugin: '${plugin}', operation: 'run', parameters: {}, input: {}, timeoutMs: 600_000, onLine: resolve });
      });
      await said;
      process.getActiveResourcesInfo().forEach(() => undefined);
      console.log(JSON.stringify(process._getActiveHandles().map(({ pid }) => pid).filter(Boolean)));
    `;
    const wardround = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pids = await new Promise<string>((resolve) => createInterface(wardround.stdout).once('line', resolve));
    const [pid] = JSON.parse(pids) as number[];
    wardround.kill('SIGKILL');
    expect(pid).toBeGreaterThan(0);
    expect(await isGone(Number(pid))).toBe(true);
  });
});

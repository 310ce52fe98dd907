import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import {
  fixturePlugins,
  isGone,
  openFixtureHost,
  resolveReference,
  runCheckup,
  secret,
  type RunOptions,
} from '../../test/fixtures/plugin-calls.js';
import { compiledFile, packageRoot } from '../shared/package.adapter.js';
import { openPluginHost, type ForkingPluginHost } from './plugin-host.adapter.js';

let host: ForkingPluginHost;
beforeAll(async () => {
  host = await openFixtureHost();
});
afterAll(() => host.close());

const run = (plugin: string, options: RunOptions = {}) => runCheckup(host, plugin, options);

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
    expect(problems.get('exits-on-load')).toMatch('it ended the process while loading');
    expect(problems.get('hangs-on-load')).toMatch('it was not loaded after 1500 ms');
    expect(problems.get('never-loads')).toMatch('it was not loaded after 1500 ms');
    expect(problems.get('exports-nothing')).toMatch('its default export is not definePlugin');
    expect(problems.get('other-name')).toMatch(
      'its name is "another-name", so its folder must be called "another-name"',
    );
    expect(problems.get('half-a-source')).toMatch('a source needs the function prepare');
    expect(problems.get('empty-folder')).toMatch('has no plugin.js');
    expect(broken.plugins().map(({ name }) => name)).toEqual(['sound']);
    expect(await broken.faultsOf('source', 'half-a-source', {})).toMatchObject([
      { message: /needs the function prepare/ },
    ]);
    await broken.close();
  });

  it('tells the faults of parameters, and accepts references whose values are not known yet', async () => {
    expect(await host.faultsOf('checkup', 'echo', { text: 'x', number: 11 })).toMatchObject([{ path: ['number'] }]);
    expect(await host.faultsOf('checkup', 'echo', { text: '${env:ANY}', number: '${env:N}' })).toEqual([]);
    expect(await host.faultsOf('channel', 'echo', {})).toEqual([
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

  it('hands over what an operation takes as it is: references mean something in parameters alone', async () => {
    const message = { id: 'm1 ${env:SECRET}', to: ['a@example.org'], subject: '', text: '', html: '' };
    await expect(
      host.call({
        kind: 'channel',
        plugin: 'sends',
        operation: 'send',
        parameters: {},
        input: { message },
        timeoutMs: 20_000,
      }),
    ).resolves.toEqual({ receipt: 'took m1 ${env:SECRET}' });
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

  it('S12: keeps a password out of the log that a mail server echoes as it was sent', async () => {
    const server = createServer((socket) => {
      socket.write('220 mail.clinic.example\r\n');
      socket
        .on('error', () => undefined)
        .on('data', (data) => {
          const said = data.toString().trim();
          socket.write(said.startsWith('EHLO') ? '250-mail\r\n250 AUTH PLAIN\r\n' : `535 5.7.8 ${said} is refused\r\n`);
        });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = z.object({ port: z.number() }).parse(server.address());
    const shipped = await openPluginHost({ pluginsFolder: join(packageRoot, 'dist/plugins'), resolveReference });
    const login = { user: 'ward', password: '${env:SECRET}', from: 'ward@clinic.example' };
    const error: unknown = await shipped
      .call({
        ...{ kind: 'channel', plugin: 'email', operation: 'send', timeoutMs: 20_000 },
        parameters: { host: '127.0.0.1', port, encryption: 'none', ...login },
        input: { message: { id: 'm1', to: ['a@clinic.example'], subject: '', text: '', html: '' } },
      } as const)
      .catch((thrown: unknown) => thrown);
    await shipped.close();
    server.close();
    expect(error).toMatchObject({ message: expect.stringMatching(/refused the user "ward": .*535 5\.7\.8 .*•••/) });
    expect(String(error)).not.toContain(Buffer.from(`\0ward\0${secret}`).toString('base64').slice(12));
  });

  it('refuses a call with parameters that are wrong or refer to nothing', async () => {
    expect((await run('echo', { parameters: { text: 'x', number: 11 } })).error).toMatchObject({
      code: 'plugin-invalid',
      message: 'echo: its parameters are wrong: number: Too big: expected number to be <=10',
    });
    expect((await run('echo', { parameters: { text: '${env:GONE}' } })).error).toMatchObject({
      code: 'plugin-invalid',
      message: 'echo: text: ${env:GONE} is not set; set the environment variable GONE',
    });
    expect((await run('no-such-plugin')).error).toMatchObject({ code: 'plugin-unknown' });
  });
});

describe('calls', () => {
  it('of one kind wait for each other when there are too many; other kinds do not wait for them', async () => {
    const narrow = await openFixtureHost({ concurrentCalls: { checkup: 1, source: 1, destination: 1, channel: 1 } });
    const first = new AbortController();
    const started = new Promise<void>((resolve) => {
      void runCheckup(narrow, 'heeds-abort', { signal: first.signal, onLine: () => resolve() });
    });
    await started;
    const waiting = runCheckup(narrow, 'echo', { parameters: { text: 'waited' } });
    const leaving = new AbortController();
    const left = runCheckup(narrow, 'echo', { parameters: { text: 'left' }, signal: leaving.signal });
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
    const closing = await openFixtureHost();
    const running = runCheckup(closing, 'ignores-abort', { onLine: () => void closing.close() });
    expect((await running).error).toMatchObject({ code: 'cancelled' });
    expect((await runCheckup(closing, 'echo', { parameters: { text: 'x' } })).error).toMatchObject({
      code: 'cancelled',
    });
  });

  it.each(['hangs-in-a-loop', 'ignores-abort'])('do not outlive a killed Wardround (%s)', async (plugin) => {
    const script = `
      import { openPluginHost } from ${JSON.stringify(pathToFileURL(compiledFile(import.meta.url, './plugin-host.adapter.js')).href)};
      const host = await openPluginHost({ pluginsFolder: ${JSON.stringify(fixturePlugins)}, resolveReference: () => null });
      const said = new Promise((resolve) => {
        void host.call({ kind: 'checkup', plugin: '${plugin}', operation: 'run', parameters: {}, input: {}, timeoutMs: 600_000, onLine: resolve });
      });
      await said;
      console.log(JSON.stringify(process._getActiveHandles().map(({ pid }) => pid).filter(Boolean)));
    `;
    const wardround = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pids = await new Promise<string>((resolve) => createInterface(wardround.stdout).once('line', resolve));
    const [pid = 0] = z.array(z.number()).parse(JSON.parse(pids));
    wardround.kill('SIGKILL');
    expect(pid).toBeGreaterThan(0);
    expect(await isGone(pid)).toBe(true);
  });
});

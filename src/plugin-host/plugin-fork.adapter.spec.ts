import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { plainEnvironment } from '../../plugins/sdk/environment.js';
import { guestPlugins } from '../../test/fixtures/guests.js';
import { compiledFile } from '../shared/package.adapter.js';

const surroundings = z.object({
  env: z.record(z.string(), z.string()),
  cwd: z.string(),
  umask: z.number(),
  execArgv: z.array(z.string()),
  files: z.array(z.string()),
  password: z.number(),
  program: z.tuple([z.record(z.string(), z.string()), z.string(), z.number()]),
});

const secrets = {
  SMTP_PASSWORD: 'hunter2',
  DATABASE_URL: 'postgres://ward:hunter2@db/ward',
  AWS_SECRET_ACCESS_KEY: 'hunter2',
  HTTPS_PROXY: 'http://user:hunter2@proxy:3128',
};
const wanted = { LC_TIME: 'C', TZ: 'Europe/Berlin', SSL_CERT_DIR: '/etc/clinic/certificates' };

/** What the plugin finds around it that a Wardround runs which was started carelessly: in a folder of secrets, with an open file. */
async function lookAround() {
  const folder = mkdtempSync(join(tmpdir(), 'wardround-secret-'));
  const harm = join(folder, 'harm.cjs');
  writeFileSync(harm, 'process.env.LOADED_BY_NODE_OPTIONS = "yes"');
  const file = join(folder, 'database');
  writeFileSync(file, 'secret');
  const script = `
    import { openPluginHost } from ${JSON.stringify(pathToFileURL(compiledFile(import.meta.url, './plugin-host.adapter.js')).href)};
    const host = await openPluginHost({
      pluginsFolder: ${JSON.stringify(guestPlugins)},
      resolveReference: (reference) => process.env[reference.name] ?? null,
      limits: { loadTimeoutMs: 2000 },
    });
    const call = { kind: 'checkup', plugin: 'shows-surroundings', operation: 'run', input: {}, timeoutMs: 20000 };
    const { details } = await host.call({ ...call, parameters: { password: '\${env:SMTP_PASSWORD}' } });
    console.log(details);
    await host.close();
  `;
  const descriptor = openSync(file, 'r');
  const nodeOptions = { NODE_OPTIONS: `--require=${harm}`, NODE_DEBUG_NATIVE: '' };
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    env: { ...plainEnvironment(process.env), ...secrets, ...wanted, ...nodeOptions },
    // Far up, where Node itself does not look for descriptors that it was handed.
    stdio: ['ignore', 'pipe', 'inherit', ...Array.from({ length: 60 }, () => null), descriptor],
  });
  let said = '';
  child.stdout?.on('data', (text: Buffer) => (said += text.toString()));
  await once(child, 'close');
  rmSync(folder, { recursive: true });
  return { ...surroundings.parse(JSON.parse(said)), file };
}

describe('the surroundings of a plugin', () => {
  it('S11: have no secret of Wardround in them, but what the definition names', async () => {
    const { env, program, password } = await lookAround();
    for (const seen of [env, program[0]]) {
      expect(JSON.stringify(seen)).not.toContain('hunter2');
      expect(seen).toMatchObject({ ...wanted, PATH: process.env['PATH'] });
      for (const name of [...Object.keys(secrets), 'NODE_OPTIONS', 'LOADED_BY_NODE_OPTIONS']) {
        expect(seen).not.toHaveProperty(name);
      }
    }
    expect(program[0]).toMatchObject({ GIVEN: 'by the plugin' });
    expect(password).toBe(secrets.SMTP_PASSWORD.length);
  });

  it('S11 kind: are the root folder, a strict umask and no arguments of Wardround to Node', async () => {
    const { cwd, umask, execArgv, program } = await lookAround();
    const root = parse(process.execPath).root;
    expect([cwd, program[1]]).toEqual([root, root]);
    if (process.platform !== 'win32') expect([umask, program[2]]).toEqual([0o077, 0o077]);
    expect(execArgv).toEqual([expect.stringMatching(/^--max-old-space-size=\d+$/)]);
  });

  it('S11 kind: have no file open that was open in Wardround', async () => {
    const { files, file } = await lookAround();
    expect(files).not.toContain(file);
  });

  it('S11 kind: are told in whatever way Windows writes a name, and nothing is guessed', () => {
    expect(plainEnvironment({ Path: 'C:\\', SystemRoot: 'C:\\Windows', Smtp_Password: 'x', lc_all: 'de' })).toEqual({
      Path: 'C:\\',
      SystemRoot: 'C:\\Windows',
      lc_all: 'de',
    });
    expect(plainEnvironment({ PATHS: 'x', XPATH: 'x', HOME: undefined, 'ProgramFiles(x86)': 'C:\\P' })).toEqual({
      'ProgramFiles(x86)': 'C:\\P',
    });
  });
});

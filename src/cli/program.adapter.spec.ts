import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configurationJsonSchema } from '../configuration/configuration-file.js';
import { runProgram } from './program.adapter.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wardround-program-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function wardround(...args: readonly string[]) {
  const printed = { out: '', error: '' };
  const code = await runProgram(args, {
    stdout: { write: (text) => (printed.out += text) },
    stderr: { write: (text) => (printed.error += text) },
  });
  return { code, ...printed };
}

describe('the command line', () => {
  it.each([[['--help']], [['help', 'restore']], [['backup', 'run', '--help']], [['log', '--help']], [['--version']]])(
    'answers %j on stdout and exits with 0',
    async (args) => {
      const { code, out, error } = await wardround(...args);
      expect({ code, error }).toEqual({ code: 0, error: '' });
      expect(out).not.toBe('');
    },
  );

  it('shows of a command below another no options that are not its own', async () => {
    const { out } = await wardround('log', 'copy', '--help');
    expect(out).toContain('--from <log>');
    expect(out).toContain('--config <file>');
    expect(out).not.toContain('--follow');
  });

  it.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['statsu'], '(Did you mean status?)'],
    [['restore', 'records'], "required option '--to <folder>' not specified"],
    [['backup', 'run'], "missing required argument 'job'"],
    [['backup'], 'Run backup jobs'],
    [[], 'Usage: wardround'],
    [['status', '--jsn'], '(Did you mean --json?)'],
    [['status', '--port', 'abc'], 'It must be a whole number from 0 to 65535'],
    [['status', '--port', '65536'], 'It must be a whole number from 0 to 65535'],
    [['log', '--since', 'yesterday', '--data', 'nowhere'], 'write a duration such as 90m'],
  ])('calls %j wrong usage, on stderr, and exits with 2', async (args, said) => {
    const { code, out, error } = await wardround(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toContain(said);
  });

  it('says what failed and what to do, without a stack, and exits with 1', async () => {
    const { code, error } = await wardround('status', '--data', join(folder, 'nowhere'));
    expect(code).toBe(1);
    expect(error).toBe(
      `wardround: Wardround has never run with the data folder ${join(folder, 'nowhere')}\n` +
        '  Start it with `wardround start`, or set --data or WARDROUND_DATA to its data folder\n',
    );
  });

  it('shows where an error came from if asked to', async () => {
    const { error } = await wardround('status', '--verbose', '--data', join(folder, 'nowhere'));
    expect(error).toMatch(/\n {4}at /);
  });

  it('prints the JSON Schema of the configuration', async () => {
    expect(JSON.parse((await wardround('schema')).out)).toEqual(configurationJsonSchema());
  });
});

import { describe, expect, it } from '@jest/globals';
import { runProgram } from './exec.js';

const never = new AbortController().signal;
const node = (script: string, options = {}, signal = never) =>
  runProgram(process.execPath, ['-e', script], options, signal);

describe('a program that a plugin runs', () => {
  it('gets arguments, input and environment as they are, without a shell', async () => {
    const script =
      'process.stdin.on("data", (text) => console.log(process.env.WHO, String(text), process.argv.slice(1)))';
    const options = { input: 'in', env: { WHO: 'me' } };
    const { stdout } = await runProgram(process.execPath, ['-e', script, '$(id)', 'a b'], options, never);
    expect(stdout).toBe("me in [ '$(id)', 'a b' ]\n");
  });

  it('fails with its exit code and the end of its complaints', async () => {
    const script = 'console.error("a\\nb\\nc\\nd"); process.exit(4)';
    await expect(node(script)).rejects.toThrow(/ended with exit code 4: b \/ c \/ d$/);
    await expect(node(script, { allowFailure: true })).resolves.toEqual({
      exitCode: 4,
      stdout: '',
      stderr: 'a\nb\nc\nd\n',
    });
  });

  it('S12 kind: tells the last lines whole; what is cut is cut at its end, and marked', async () => {
    const long = 'console.error("a".repeat(900) + "\\n" + "b".repeat(200) + "\\nc"); process.exit(1)';
    await expect(node(long)).rejects.toThrow(/code 1: b{200} \/ c$/);
    await expect(node('console.error("d".repeat(3000)); process.exit(1)')).rejects.toThrow(/code 1: d{1000}…$/);
  });

  it('has its output cut at 1 MiB, and is not held up', async () => {
    const { stdout } = await node('process.stdout.write("x".repeat(5 * 1024 * 1024))');
    expect(stdout).toHaveLength(1024 * 1024);
  });

  it('is stopped when the call is, even if it does not heed SIGTERM', async () => {
    const stopping = new AbortController();
    const running = node('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)', {}, stopping.signal);
    stopping.abort();
    await expect(running).rejects.toThrow('was cancelled');
    await expect(node('0', {}, stopping.signal)).rejects.toThrow('was not started');
  });

  it('that is not there is named, with what to look at', async () => {
    await expect(runProgram('no-such-program', [], {}, never)).rejects.toThrow(
      'no-such-program was not found: is it installed, and in the PATH of Wardround?',
    );
    await expect(node('0', { cwd: '/no/such/folder' })).rejects.toThrow('or the folder /no/such/folder does not exist');
  });
});

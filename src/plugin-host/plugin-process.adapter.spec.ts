import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isGone, openFixtureHost, runCheckup, type RunOptions } from '../../test/fixtures/plugin-calls.js';
import type { ForkingPluginHost } from './plugin-host.adapter.js';

let host: ForkingPluginHost;
beforeAll(async () => {
  host = await openFixtureHost();
});
afterAll(() => host.close());

const run = (plugin: string, options: RunOptions = {}) => runCheckup(host, plugin, options);

describe('a plugin that', () => {
  it.each([
    ['throws', 'error', 'plugin-failed', 'throws: the disk is on fire'],
    ['throws a text', 'text', 'plugin-failed', 'throws: just a text'],
    [
      'throws a circular object',
      'circular',
      'plugin-failed',
      'throws: a value that is not an error was thrown: an object',
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
    expect(error).toMatchObject({ code: 'plugin-timed-out', message: 'hangs-in-a-loop: did not finish within 1.5 s' });
    expect(said).toEqual(['info before the loop']);
  });

  it('ignores the abort signal hears it first and is killed then', async () => {
    const { error, said } = await run('ignores-abort', { timeoutMs: 1_500 });
    expect(error).toMatchObject({ code: 'plugin-timed-out' });
    expect(said).toContain('info heard: its time limit was exceeded');
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
    const small = await openFixtureHost({ heapMb: { checkup: 64, source: 64, destination: 64, channel: 64 } });
    expect((await runCheckup(small, plugin)).error).toMatchObject({ code: 'plugin-out-of-memory' });
  });

  it('exits is reported with its exit code', async () => {
    expect((await run('exits')).error).toMatchObject({
      code: 'plugin-crashed',
      message: 'exits: its process exited with exit code 3 without a result',
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

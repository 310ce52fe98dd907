import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { join } from 'node:path';
import { packageRoot } from '../shared/package.adapter.js';
import { openPluginHost, type ForkingPluginHost } from './plugin-host.adapter.js';

jest.setTimeout(60_000);

describe('a long call without a time limit', () => {
  let host: ForkingPluginHost;
  beforeAll(async () => {
    const pluginsFolder = join(packageRoot, 'test/fixtures/moving-plugins');
    host = await openPluginHost({ pluginsFolder, resolveReference: () => null, limits: { killAfterMs: 200 } });
  });
  afterAll(() => host.close());

  const stallMs = 4_000;
  function wind(says: string) {
    const lines: string[] = [];
    const ended = host.call({
      ...({ kind: 'source', plugin: 'winds', operation: 'prepare', input: { scratch: '/' } } as const),
      ...{ parameters: { forMs: 2.5 * stallMs, says }, timeoutMs: null, stallMs },
      onLine: ({ text }) => lines.push(text),
    });
    return { ended, lines };
  }

  it('goes on for as long as it says that something moves, though nothing can be counted', async () => {
    const { ended, lines } = wind('moved');
    await expect(ended).resolves.toEqual({ trees: [] });
    expect(lines).toEqual([`stops after ${stallMs}`]);
  });

  it.each(['the same numbers', 'nothing'])('is stopped when it says %s for too long', async (says) => {
    await expect(wind(says).ended).rejects.toMatchObject({
      code: 'plugin-timed-out',
      message: 'winds: made no progress for 4 s and was stopped',
    });
  });
});

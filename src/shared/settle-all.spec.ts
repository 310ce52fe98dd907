import { describe, expect, it } from '@jest/globals';
import { settleAll } from './settle-all.js';

describe('settleAll', () => {
  it('gives the results in the order of the list', async () => {
    const late = new Promise<string>((resolve) => setImmediate(() => resolve('late')));
    expect(await settleAll([late, Promise.resolve(2), null])).toEqual(['late', 2, null]);
  });

  it('throws what failed first, when the others are done', async () => {
    const done: string[] = [];
    const slow = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      done.push('slow');
      throw new Error('slow');
    });
    const fast = Promise.reject(new Error('fast'));
    await expect(settleAll([slow, fast])).rejects.toThrow('fast');
    expect(done).toEqual(['slow']);
  });
});

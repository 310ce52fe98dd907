import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eachViewStore, storePatienceMs } from '../../test/fixtures/view-stores.js';
import { deciderStateTable, type DeciderStateRow } from './bookkeeping.entity.js';
import { upsert } from './upsert.adapter.js';
import type { ViewStore } from './view-store.adapter.js';

const row = (key: number, state: unknown, wakeAt: string | null = null): DeciderStateRow => {
  return { decider: 'rules', partition: 0, key: String(key).padStart(5, '0'), state, wakeAt };
};

describe.each(eachViewStore)('writing rows on $name', ({ open }) => {
  let store: ViewStore;

  beforeEach(async () => {
    store = await open();
  }, storePatienceMs);
  afterEach(() => store.close());

  const write = (rows: readonly DeciderStateRow[]) => store.write((tx) => upsert(tx, deciderStateTable, rows));
  const stored = () => store.read.find(deciderStateTable, { order: { key: 'ASC' } });

  it('inserts those that are new and replaces those whose key is there, nulls and JSON included', async () => {
    await write([row(1, { a: 1 }, '2026-11-22T02:00:00.000Z'), row(2, ['ä', null])]);
    await write([row(1, 'now a text'), row(3, 0)]);
    expect(await stored()).toEqual([row(1, 'now a text'), row(2, ['ä', null]), row(3, 0)]);
  });

  it('writes any number of rows, once each', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1200 }), fc.integer({ min: 0, max: 1200 }), async (first, second) => {
        await store.write((tx) => tx.clear(deciderStateTable));
        await write(Array.from({ length: first }, (_, key) => row(key, 'first')));
        await write(Array.from({ length: second }, (_, key) => row(key, 'second')));
        const expected = Array.from({ length: Math.max(first, second) }, (_, key) =>
          row(key, key < second ? 'second' : 'first'),
        );
        expect(await stored()).toEqual(expected);
      }),
      { numRuns: 12 },
    );
  });

  it('writes the later of two rows with one key', async () => {
    await write([row(1, 'first'), row(2, 'other'), row(1, 'second')]);
    expect(await stored()).toEqual([row(1, 'second'), row(2, 'other')]);
  });

  it('takes texts with all that texts may hold', async () => {
    const texts = ['"\\{},', "it's", 'ä€😀', '', 'NULL', 'two\nlines'];
    await write(texts.map((text, key) => row(key, { text }, text)));
    expect((await stored()).map(({ wakeAt }) => wakeAt)).toEqual(texts);
    await write([row(0, 'a\0b', 'a\0b')]);
    expect((await stored())[0]).toMatchObject({ state: 'a\0b', wakeAt: expect.stringMatching(/^a[\0\uFFFD]b$/) });
  });

  it('leaves nothing behind of a transaction that failed', async () => {
    const failing = store.write(async (tx) => {
      await upsert(tx, deciderStateTable, [row(1, 'written'), row(2, 'written')]);
      throw new Error('on purpose');
    });
    await expect(failing).rejects.toThrow('on purpose');
    expect(await stored()).toEqual([]);
  });
});

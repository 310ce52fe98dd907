import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eachViewStore, storePatienceMs } from '../../test/fixtures/view-stores.js';
import { deciderStateTable, type DeciderStateRow } from './bookkeeping.entity.js';
import { rowsByKey } from './rows-by-key.adapter.js';
import { upsert } from './upsert.adapter.js';
import type { ViewStore } from './view-store.adapter.js';

const keyOf = (key: number) => ({ decider: 'rules', partition: 0, key: `it's "${String(key).padStart(5, '0')}"` });
const row = (key: number): DeciderStateRow => {
  const wakeAt = key % 2 === 0 ? null : '2026-11-22T02:00:00.000Z';
  return { ...keyOf(key), state: key % 3 === 0 ? [null] : { key, text: 'ä€😀' }, wakeAt };
};

describe.each(eachViewStore)('rows by their keys on $name', ({ open }) => {
  let store: ViewStore;

  beforeEach(async () => {
    store = await open();
  }, storePatienceMs);
  afterEach(() => store.close());

  const stored = Array.from({ length: 3000 }, (_, key) => row(key));
  const found = async (keys: readonly Partial<DeciderStateRow>[]) => {
    const rows = await store.write((tx) => rowsByKey(tx, deciderStateTable, keys));
    return [...rows].sort((a, b) => (a.key < b.key ? -1 : 1));
  };

  it('come as TypeORM reads them, each once, for any number of keys; keys without a row give nothing', async () => {
    await store.write((tx) => upsert(tx, deciderStateTable, stored));
    const numbers = fc.array(fc.integer({ min: 0, max: 3500 }), { maxLength: 3000, size: 'max' });
    await fc.assert(
      fc.asyncProperty(numbers, async (keys) => {
        const asked = [...new Set(keys)].sort((a, b) => a - b);
        const expected = asked.filter((key) => key < stored.length).map(row);
        expect(await found(asked.map(keyOf))).toEqual(expected);
      }),
      { numRuns: 15 },
    );
    expect(await found([1, 2, 1, 1].map(keyOf))).toEqual([row(1), row(2)]);
    expect(await found(stored.map((_, key) => keyOf(key)))).toEqual(
      await store.read.find(deciderStateTable, { order: { key: 'ASC' } }),
    );
  });

  it('are not others that have only a part of the key', async () => {
    await store.write((tx) => upsert(tx, deciderStateTable, [row(1), { ...row(1), partition: 1, state: 'other' }]));
    expect(await found([{ ...keyOf(1), partition: 1 }])).toEqual([{ ...row(1), partition: 1, state: 'other' }]);
    expect(await found([{ ...keyOf(1), decider: 'none' }])).toEqual([]);
    expect(await found([])).toEqual([]);
  });
});

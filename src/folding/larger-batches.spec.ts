import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { largerBatches } from './larger-batches.js';

async function* each(batches: readonly (readonly number[])[]): AsyncGenerator<readonly number[]> {
  for (const batch of batches) yield Promise.resolve(batch);
}

describe('larger batches', () => {
  it('hold the same items in the same order, and are as large as asked but for the last', async () => {
    const some = fc.array(fc.array(fc.integer(), { maxLength: 5 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(some, fc.integer({ min: 1, max: 12 }), async (batches, size) => {
        const larger = [];
        for await (const batch of largerBatches(each(batches), size)) larger.push(batch);
        expect(larger.flat()).toEqual(batches.flat());
        expect(larger.every((batch) => batch.length > 0)).toBe(true);
        expect(larger.slice(0, -1).every((batch) => batch.length >= size)).toBe(true);
      }),
    );
  });
});

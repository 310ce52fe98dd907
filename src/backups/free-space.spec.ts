import { describe, expect, it } from '@jest/globals';
import { judgeFreeSpace } from './free-space.js';

describe('the free space at a place', () => {
  it.each([
    // estimated, free, before, verdict
    [1000, 1000, 0, { space: 'enough', because: 'fits' }],
    [1001, 1000, 0, { space: 'too-little', neededBytes: 1001, freeBytes: 1000 }],
    // What is there already may be shared.
    [1001, 1000, 1, { space: 'enough', because: 'fits' }],
    [1000, 0, 1000, { space: 'enough', because: 'fits' }],
    [1000, 0, 5000, { space: 'enough', because: 'fits' }],
    [null, 0, 0, { space: 'enough', because: 'size-unknown' }],
    [1000, null, 0, { space: 'enough', because: 'size-unknown' }],
  ] as const)(
    'for %p bytes, with %p free and %p there already',
    (estimatedBytes, freeBytes, previousBytes, verdict) => {
      expect(judgeFreeSpace({ estimatedBytes, freeBytes, previousBytes })).toEqual(verdict);
    },
  );
});

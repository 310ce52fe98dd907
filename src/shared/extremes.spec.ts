import { describe, expect, it } from '@jest/globals';
import { highest, lowest } from './extremes.js';

describe('the extremes of numbers', () => {
  it('are found among a few, with one that counts in any case', () => {
    expect([lowest([3, 1, 2]), highest([3, 1, 2]), lowest([3], 0), highest([3], 5)]).toEqual([1, 3, 0, 5]);
    expect([lowest([]), highest([]), highest([], 0)]).toEqual([Infinity, -Infinity, 0]);
  });

  it('S7 kind: are found among more than fit on the stack', () => {
    const many = Array.from({ length: 1_000_000 }, (_, index) => index);
    expect([lowest(many), highest(many)]).toEqual([0, 999_999]);
  });
});

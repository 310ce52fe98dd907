import { describe, expect, it } from '@jest/globals';
import { outOfBounds } from './json-bounds.js';

/** Lists in lists. */
function nested(levels: number): unknown {
  const text = '['.repeat(levels) + ']'.repeat(levels);
  return JSON.parse(text);
}

describe('JSON from outside', () => {
  it.each([
    [{}],
    [null],
    [{ metrics: [{ name: 'free', value: -1.5e300 }] }],
    [{ summary: 'Grüße 😀', details: 'line\n\ttwo' }],
    [nested(16)],
    [Array.from({ length: 9_000 }, () => 0)],
  ])('may be %#', (value) => {
    expect(outOfBounds(value, 'data')).toBeNull();
  });

  it.each([
    ['deep', nested(18), 'data', 'is nested deeper than 16 levels'],
    ['deeper than any stack', nested(400_000), 'data', 'is nested deeper than 16 levels'],
    ['large', Array.from({ length: 500_000 }, () => 0), 'data', 'has more than 10000 values'],
    ['of infinite numbers', { metrics: [{ value: Infinity }] }, 'data.metrics.0.value', 'is too large a number'],
    ['with U+0000', { summary: 'a\u0000b' }, 'data.summary', 'contains U+0000'],
    ['with half a character', { summary: '\ud83d' }, 'data.summary', 'contains a lone surrogate'],
    ['with such a name', { 'a\u0000': 1 }, 'data', 'has a name that contains U+0000'],
  ])('is not taken %s', (_how, value, path, message) => {
    expect(outOfBounds(value, 'data')).toEqual({ path, message: expect.stringContaining(message) });
  });
});

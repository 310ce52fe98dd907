import { describe, expect, it } from '@jest/globals';
import { canonicalIso } from './instant.js';

describe('a time in the one form', () => {
  it.each([
    ['2026-11-22T02:00:00.000Z', '2026-11-22T02:00:00.000Z'],
    ['2026-11-22T02:00:00Z', '2026-11-22T02:00:00.000Z'],
    ['2026-11-22T02:00:00.1234567Z', '2026-11-22T02:00:00.123Z'],
    ['2026-11-22T03:00:00.5+01:00', '2026-11-22T02:00:00.500Z'],
  ])('of %s is %s', (text, canonical) => expect(canonicalIso(text)).toBe(canonical));

  it('is none of what is not a date', () => {
    expect(() => canonicalIso('tomorrow')).toThrow('"tomorrow" is not an RFC 3339 time');
  });
});

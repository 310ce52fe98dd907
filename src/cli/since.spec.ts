import { describe, expect, it } from '@jest/globals';
import { UsageError } from './errors-text.js';
import { sinceMoment } from './since.js';

const now = Date.parse('2026-11-22T08:00:00Z');

describe('--since', () => {
  it.each([
    ['90m', '2026-11-22T06:30:00Z'],
    ['2d', '2026-11-20T08:00:00Z'],
    ['2026-11-22T02:00:00Z', '2026-11-22T02:00:00Z'],
    ['2026-11-22', '2026-11-22T00:00:00Z'],
  ])('%s means %s', (text, moment) => {
    expect(sinceMoment(text, now)).toBe(Date.parse(moment));
  });

  it.each(['yesterday', '-5m', '', '5 apples'])('does not take "%s"', (text) => {
    expect(() => sinceMoment(text, now)).toThrow(UsageError);
  });
});

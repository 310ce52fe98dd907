import { describe, expect, it } from '@jest/globals';
import { bytesText, percent, rangesAbove, rangesBelow, statusAbove, statusBelow } from './thresholds.js';

const low = { warnBelow: 15, criticalBelow: 10 };
const high = { warnAbove: 2, criticalAbove: 4 };

describe('thresholds', () => {
  it.each([
    [15, 'ok'],
    [14.9, 'warning'],
    [10, 'warning'],
    [9.9, 'critical'],
  ])('%d with a warning below 15 and critical below 10 is %s', (value, status) => {
    expect(statusBelow(value, low)).toBe(status);
  });

  it.each([
    [2, 'ok'],
    [2.1, 'warning'],
    [4, 'warning'],
    [4.1, 'critical'],
  ])('%d with a warning above 2 and critical above 4 is %s', (value, status) => {
    expect(statusAbove(value, high)).toBe(status);
  });

  it('are written as Nagios ranges', () => {
    expect(rangesBelow(low)).toEqual({ warn: '15:', critical: '10:' });
    expect(rangesAbove(high)).toEqual({ warn: '2', critical: '4' });
  });

  it('as parameters have a standard and bounds', () => {
    expect(percent(15).parse(undefined)).toBe(15);
    expect(percent(15).safeParse(101).success).toBe(false);
  });

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1_500_000_000, '1.4 GiB'],
    [2 ** 60, '1024.0 PiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});

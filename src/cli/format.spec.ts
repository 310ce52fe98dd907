import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { distanceText, momentText, plain } from './format.js';
import { durationText } from '../shared/duration-text.js';
import { countText } from '../shared/quantity.js';

describe('numbers for people', () => {
  it.each([
    [420, '420 ms'],
    [3_249, '3.2 s'],
    [60_000, '1 min'],
    [250_000, '4 min 10 s'],
    [7_500_000, '2 h 5 min'],
    [273_600_000, '3 d 4 h'],
  ])('%d ms are %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('part thousands and know the singular', () => {
    expect(countText(20_000, 'file')).toBe('20,000 files');
    expect(countText(1, 'file')).toBe('1 file');
    expect(countText(2, 'copy', 'copies')).toBe('2 copies');
  });
});

describe('moments for people', () => {
  const now = Date.parse('2026-11-22T08:00:00Z');

  it.each([
    ['2026-11-22T07:59:58Z', 'just now'],
    ['2026-11-22T07:59:20Z', '40 s ago'],
    ['2026-11-22T07:30:00Z', '30 min ago'],
    ['2026-11-22T02:00:00Z', '6 h ago'],
    ['2026-11-19T02:00:00Z', '3 d ago'],
    ['2026-11-22T08:00:03Z', 'in a moment'],
    ['2026-11-23T02:00:00Z', 'in 18 h'],
  ])('%s is %s', (moment, text) => {
    expect(distanceText(moment, now)).toBe(text);
  });

  it('are shown by the clock of the time zone', () => {
    expect(momentText('2026-11-22T23:30:00Z', 'Europe/Berlin')).toBe('2026-11-23 00:30');
    expect(momentText('2026-11-22T23:30:00Z', 'UTC')).toBe('2026-11-22 23:30');
  });
});

describe('a text from elsewhere', () => {
  it('cannot begin a line, move the cursor or turn the direction of writing', () => {
    expect(plain('a\nb\u001b[2Jc\u202ed\u009be')).toBe('a\\nb\\u001b[2Jc\\u202ed\\u009be');
    expect(plain('Größe: 10 € 日本')).toBe('Größe: 10 € 日本');
  });

  it('is always one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(plain(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      }),
    );
  });
});

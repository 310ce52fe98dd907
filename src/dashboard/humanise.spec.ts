import { describe, expect, it } from '@jest/globals';
import { dutiesOf } from '../shared/duties.js';
import fc from 'fast-check';
import {
  bytesText,
  clockTime,
  count,
  durationText,
  metricLabel,
  metricText,
  moment,
  nameAsTitle,
  type Here,
} from './humanise.js';

const now = Date.parse('2026-11-22T08:00:00Z');
const here: Here = { now, timeZone: 'Europe/Berlin', locale: 'en-GB', duties: dutiesOf({ role: 'standalone' }) };
const spaces = (text: string) => text.replaceAll('\u00a0', ' ');

describe('a moment', () => {
  it.each([
    ['2026-11-22T07:59:40Z', 'just now'],
    ['2026-11-22T07:57:00Z', '3 minutes ago'],
    ['2026-11-22T07:59:00Z', '1 minute ago'],
    ['2026-11-22T02:00:05Z', '6 hours ago'],
    ['2026-11-20T08:00:00Z', '2 days ago'],
    ['2026-08-01T08:00:00Z', '4 months ago'],
    ['2020-11-22T08:00:00Z', '6 years ago'],
    ['2026-11-22T10:00:00Z', 'in 2 hours'],
    ['2026-11-22T08:00:30Z', 'in 30 seconds'],
    ['2026-11-22T08:00:05Z', 'just now'],
  ])('%s is told as %s', (iso, relative) => {
    expect(moment(iso, here).relative).toBe(relative);
  });

  it('has its exact time by the clock of the place, and the text for machines unchanged', () => {
    const told = moment('2026-11-22T02:00:05.000Z', here);
    expect(told).toMatchObject({
      iso: '2026-11-22T02:00:05.000Z',
      exact: 'Sun, 22 Nov 2026, 03:00:05 CET',
      short: '03:00',
    });
  });

  it.each([
    ['2026-11-21T23:30:00Z', '00:30'], // the same day in Berlin
    ['2026-11-21T22:30:00Z', '21 Nov, 23:30'],
    ['2025-11-21T22:30:00Z', '21 Nov 2025, 23:30'],
  ])('%s is short as %s', (iso, short) => {
    expect(moment(iso, here).short).toBe(short);
  });

  it('of a line of a protocol is its clock', () => {
    expect(clockTime('2026-11-22T02:00:05.900Z', here)).toBe('03:00:05');
  });

  it('has words at any distance', () => {
    fc.assert(
      fc.property(fc.integer({ min: -4e12, max: 4e12 }), (distance) => {
        expect(moment(new Date(now + distance).toISOString(), here).relative).toMatch(
          /ago$|^in |^now$|just now|yesterday|tomorrow|month|year/,
        );
      }),
    );
  });
});

describe('amounts', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [1234, '1.2 kB'],
    [999_499, '999 kB'],
    [999_600, '1 MB'],
    [41_873_000_000, '42 GB'],
    [8_310_000_000, '8.3 GB'],
    [-5_000, '−5 kB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(spaces(bytesText(bytes, here))).toBe(text);
  });

  it.each([
    [7, '7 ms'],
    [400, '0.4 s'],
    [4_300, '4.3 s'],
    [12_000, '12 s'],
    [125_000, '2 min 5 s'],
    [240_000, '4 min'],
    [11_400_000, '3 h 10 min'],
    [1_828_800_000, '21 d 4 h'],
    [3_599_700, '1 h'],
  ])('%i milliseconds are %s', (ms, text) => {
    expect(spaces(durationText(ms, here))).toBe(text);
  });

  it.each<[number, string, string]>([
    [16.04, '%', '16 %'],
    [3.84, '%', '3.8 %'],
    [82e9, 'B', '82 GB'],
    [125, 's', '2 min 5 s'],
    [250, 'ms', '0.3 s'],
    [12, 'd', '12 d'],
    [1.482, '', '1.48'],
    [1234.5, '', '1,235'],
    [4, 'MHz', '4 MHz'],
  ])('a value of %d %s is %s', (value, unit, text) => {
    expect(spaces(metricText(value, unit, here))).toBe(text);
  });

  it('of one is singular', () => {
    expect([0, 1, 18_204].map((number) => count(number, here))).toEqual([
      { text: '0', one: false, none: true },
      { text: '1', one: true, none: false },
      { text: '18,204', one: false, none: false },
    ]);
  });
});

describe('names', () => {
  it('of metrics lose the unit that the value tells', () => {
    expect(['used_percent', 'free', 'load_5m', 'percent'].map(metricLabel)).toEqual([
      'used',
      'free',
      'load 5m',
      'percent',
    ]);
  });

  it('in the configuration become titles', () => {
    expect(nameAsTitle('disk-space')).toBe('Disk space');
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeClock, livedAges, usualGap } from './lived-time.js';

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.parse('2026-11-22T02:00:00Z');
const nights = (count: number) => Array.from({ length: count }, (_, index) => now - (count - index) * day);

describe('the usual gap between runs', () => {
  const keepMs = 30 * day;

  it('is that of the timetable', () => {
    expect(usualGap({ plannedMs: 31 * day, starts: nights(9), keepMs })).toBe(1.25 * 31 * day);
  });

  it('without one is that of the runs, and a leap among them changes nothing', () => {
    const starts = [...nights(6), now + 730 * day].map((start, index) => start + index * 4 * day);
    expect(usualGap({ plannedMs: null, starts, keepMs })).toBe(1.25 * 5 * day);
  });

  it('of two runs on demand is not taken for usual: it may be a leap', () => {
    expect(usualGap({ plannedMs: null, starts: [now - 900 * day, now], keepMs })).toBe(1.25 * 3 * day);
    expect(usualGap({ plannedMs: null, starts: [], keepMs: day })).toBe(1.25 * day);
  });
});

describe('the clock', () => {
  const usual = 1.25 * day;

  it.each([
    ['H4: leaps sixty days ahead', [...nights(9), now + 60 * day], 'leapt'],
    ['F7: leaps two years ahead', [...nights(6), now + 730 * day], 'leapt'],
    ['F7 kind: is set back', [...nights(6), now - 730 * day], 'set-back'],
    ['F7 kind: is set back by some hours', [...nights(6), now - day - 3 * hour], 'set-back'],
    ['H4 kind: has leapt a minute ago', [...nights(9), now + 60 * day, now + 60 * day + 60_000], 'agreed-too-recently'],
    [
      'H4 kind: has leapt, and was set right this minute',
      [...nights(9), now + 60 * day, now, now + 60_000],
      'agreed-too-recently',
    ],
    ['has leapt a night ago', [...nights(9), now + 60 * day, now + 61 * day], 'agrees'],
    ['goes as it should', nights(20), 'agrees'],
    ['was a little late', [...nights(20), now + 11 * hour], 'agrees'],
    ['was asked three times in a minute', [...nights(3), now, now + 20_000, now + 40_000], 'agrees'],
    ['was set right by a second', [...nights(3), now, now - 1000], 'agrees'],
    ['has been asked for the first time', [now], 'agrees'],
  ] as const)('%s', (_what, starts, clock) => {
    expect(judgeClock(starts, usual)).toMatchObject({ clock });
  });
});

describe('lived ages', () => {
  const moments = fc.array(fc.integer({ min: now - 4000 * day, max: now + 4000 * day }));
  const usuals = fc.integer({ min: hour, max: 40 * day });

  it('are never more than the time that the clock shows, and never more than one usual gap a snapshot', () => {
    fc.assert(
      fc.property(moments, usuals, (all, usual) => {
        const ages = livedAges(all, now, usual);
        all.forEach((moment, index) => {
          const age = ages[index] ?? null;
          if (age === null) return expect(moment).toBeGreaterThan(now);
          const newer = new Set(all.filter((other) => other > moment && other <= now + 300_000)).size;
          expect(age).toBeLessThanOrEqual(Math.max(0, now - moment));
          expect(age).toBeLessThanOrEqual((newer + 1) * usual);
        });
      }),
    );
  });

  it('keep the order of the moments', () => {
    fc.assert(
      fc.property(moments, usuals, (all, usual) => {
        const sorted = [...all].sort((a, b) => a - b);
        const ages = livedAges(sorted, now, usual).flatMap((age) => (age === null ? [] : [age]));
        expect(ages).toEqual([...ages].sort((a, b) => b - a));
      }),
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cronFault, latestDue, nextDue } from './timetable.adapter.js';

const berlin = 'Europe/Berlin';
const utc = (text: string) => Date.parse(text);
const dueFrom = (at: string, timeZone: string, from: string, count: number) => {
  const due: string[] = [];
  let instant: number | null = utc(from);
  while (due.length < count && instant !== null) {
    instant = nextDue({ at, timeZone }, instant);
    if (instant !== null) due.push(new Date(instant).toISOString());
  }
  return due;
};

describe('a cron line', () => {
  it('runs once in the night in which its time does not exist, right after the gap', () => {
    expect(dueFrom('30 2 * * *', berlin, '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00:00.000Z', // 03:00, the first moment after 01:59:59
      '2026-03-30T00:30:00.000Z',
    ]);
  });

  it('runs once in the night in which its time comes twice, at the first', () => {
    expect(dueFrom('30 2 * * *', berlin, '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  it('does not run a second time even if asked between the two', () => {
    expect(dueFrom('30 2 * * *', berlin, '2026-10-25T00:45:00Z', 1)).toEqual(['2026-10-26T01:30:00.000Z']);
    expect(dueFrom('45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T14:50:00Z', 1)).toEqual([
      '2026-04-05T15:15:00.000Z',
    ]);
  });

  it('with * or a step in its hour goes by elapsed time through both nights', () => {
    const stepsOf = (from: string, count: number) => {
      const due = dueFrom('*/20 * * * *', berlin, from, count).map(utc);
      return due.slice(1).map((instant, index) => (instant - (due[index] ?? 0)) / 60_000);
    };
    expect(stepsOf('2026-10-24T23:30:00Z', 12)).toEqual(Array(11).fill(20));
    expect(stepsOf('2026-03-29T00:30:00Z', 6)).toEqual(Array(5).fill(20));
  });

  it('of a daily job comes due exactly once on every local day, anywhere', () => {
    const zones = fc.constantFrom(
      berlin,
      'America/New_York',
      'America/Santiago',
      'Australia/Lord_Howe',
      'Asia/Kolkata',
      'UTC',
    );
    const time = fc.record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) });
    fc.assert(
      fc.property(zones, time, fc.integer({ min: 0, max: 364 }), (timeZone, { hour, minute }, day) => {
        const localDay = new Intl.DateTimeFormat('en-CA', { timeZone });
        const from = utc('2026-01-01T12:00:00Z') + day * 86_400_000;
        const days: string[] = [];
        let instant: number | null = from;
        for (let index = 0; index < 4 && instant !== null; index++) {
          instant = nextDue({ at: `${minute} ${hour} * * *`, timeZone }, instant);
          if (instant !== null) days.push(localDay.format(instant));
        }
        const next = (text: string | undefined) =>
          new Date(utc(`${text}T12:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
        expect(new Set(days).size).toBe(4);
        expect(days.slice(1)).toEqual(days.slice(0, 3).map(next));
      }),
      { numRuns: 60 },
    );
  });
});

describe('where the clock is set back in autumn of the southern half of the Earth', () => {
  it.each(['America/Santiago', 'Australia/Sydney', 'Pacific/Auckland', 'Pacific/Chatham'])(
    'the next moment in %s is never one that has passed',
    (timeZone) => {
      for (let after = utc('2026-04-03T12:00:00Z'); after < utc('2026-04-06T00:00:00Z'); after += 900_000) {
        expect(nextDue({ at: '*/15 * * * *', timeZone }, after)).toBe(after + 900_000);
      }
    },
  );
});

describe('the newest missed start', () => {
  const daily = { at: '0 2 * * *', timeZone: 'UTC' };

  it.each([
    ['2026-11-20T02:00:00Z', '2026-11-22T09:00:00Z', '2026-11-22T02:00:00.000Z'],
    ['2026-11-22T02:00:00Z', '2026-11-22T09:00:00Z', null],
    ['2020-01-01T00:00:00Z', '2026-11-22T02:00:00Z', '2026-11-22T02:00:00.000Z'],
  ])('after %s, seen at %s, is %s', (after, now, missed) => {
    const due = latestDue(daily, utc(after), utc(now));
    expect(due === null ? null : new Date(due).toISOString()).toBe(missed);
  });

  it('is found for a line that is rarely due', () => {
    const yearly = { at: '0 0 1 1 *', timeZone: 'UTC' };
    expect(latestDue(yearly, utc('2019-06-01T00:00:00Z'), utc('2026-11-22T00:00:00Z'))).toBe(
      utc('2026-01-01T00:00:00Z'),
    );
  });
});

describe('a fault of a cron line', () => {
  const now = utc('2026-11-22T02:00:00Z');
  it.each([
    ['0 2 * * *', null],
    ['*/5 0 2 * * 1-5', null],
    ['61 2 * * *', 'its minute 61 is not between 0 and 59'],
    ['0 0 30 2 *', 'never occurs'],
    ['daily', 'it has 1 fields'],
    ['a b c d e', 'is not a cron line'],
    ['0 2 * * * * *', 'it has 7 fields'],
  ])('%s: %s', (at, fault) => {
    const found = cronFault({ at }, now);
    if (fault === null) expect(found).toBeNull();
    else expect(found).toContain(fault);
  });
});

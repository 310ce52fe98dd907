import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromIso, toIso } from '../shared/instant.js';
import { latestDue, nextDue, timetableOf, type Timetable } from './timetable.js';
import { wallAt } from './zone.js';

/** The next moment of a line that always has one. */
function due(timetable: Timetable, after: number): number {
  return nextDue(timetable, after) ?? Number.NaN;
}

const berlin = (cron: string) => timetableOf(cron, 'Europe/Berlin');

/** Every moment from `from` (exclusive) to `to` (inclusive) at which the line is due. */
function dues(cron: string, zone: string, from: string, to: string): readonly string[] {
  const timetable = timetableOf(cron, zone);
  const found: string[] = [];
  for (let moment = due(timetable, fromIso(from)); moment <= fromIso(to); moment = due(timetable, moment)) {
    found.push(toIso(moment).replace(':00.000Z', 'Z'));
  }
  return found;
}

describe('a timetable', () => {
  it.each([
    ['30 2 * * *', '2026-05-01T00:00:00Z', '2026-05-01T00:30:00.000Z'],
    ['30 2 * * *', '2026-05-01T00:30:00Z', '2026-05-02T00:30:00.000Z'],
    ['30 2 * * *', '2026-05-01T00:29:59.999Z', '2026-05-01T00:30:00.000Z'],
    ['*/15 * * * *', '2026-05-01T00:07:00Z', '2026-05-01T00:15:00.000Z'],
    ['*/10 * * * * *', '2026-05-01T00:07:05Z', '2026-05-01T00:07:10.000Z'],
    ['0 8 * * mon', '2026-05-01T00:00:00Z', '2026-05-04T06:00:00.000Z'],
    ['0 0 31 * *', '2026-05-31T00:00:00Z', '2026-07-30T22:00:00.000Z'],
    ['0 12 29 2 *', '2026-05-01T00:00:00Z', '2028-02-29T11:00:00.000Z'],
    ['0 12 29 2 *', '2096-03-01T00:00:00Z', '2104-02-29T11:00:00.000Z'],
    ['0 */6 29 2 *', '2096-03-01T00:00:00Z', '2104-02-28T23:00:00.000Z'],
  ])('%s in Berlin is due next after %s at %s', (cron, after, next) => {
    expect(toIso(due(berlin(cron), fromIso(after)))).toBe(next);
  });

  it.each(['0 0 30 2 *', '0 0 31 4,6,9,11 *', '0 */2 31 feb *'])('of %s never comes due', (cron) => {
    expect(nextDue(berlin(cron), fromIso('2026-05-01T00:00:00Z'))).toBeNull();
    expect(latestDue(berlin(cron), fromIso('2016-05-01T00:00:00Z'), fromIso('2026-05-01T00:00:00Z'))).toBeNull();
  });
});

describe('in the night when the clocks go forward (Berlin, 2026-03-29, 02:00 to 03:00)', () => {
  const night = ['Europe/Berlin', '2026-03-28T22:00:00Z', '2026-03-29T03:00:00Z'] as const;

  it('a line for 02:30 starts once, when the clock shows 03:00', () => {
    expect(dues('30 2 * * *', ...night)).toEqual(['2026-03-29T01:00Z']);
  });

  it('a line for 02:00 and 03:00 starts once: both come at the same moment', () => {
    expect(dues('0 2,3 * * *', ...night)).toEqual(['2026-03-29T01:00Z']);
  });

  it('a line for every hour starts every hour', () => {
    expect(dues('0 * * * *', 'Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29T02:00:00Z')).toEqual([
      '2026-03-29T00:00Z',
      '2026-03-29T01:00Z',
      '2026-03-29T02:00Z',
    ]);
  });
});

describe('in the night when the clocks go back (Berlin, 2026-10-25, 03:00 to 02:00)', () => {
  it('a line for 02:30 starts once, the first time that the clock shows it', () => {
    expect(dues('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z')).toEqual([
      '2026-10-25T00:30Z',
    ]);
    expect(toIso(due(berlin('30 2 * * *'), fromIso('2026-10-25T01:10:00Z')))).toBe('2026-10-26T01:30:00.000Z');
  });

  it('a line for every hour starts every hour', () => {
    expect(dues('0 * * * *', 'Europe/Berlin', '2026-10-24T23:00:00Z', '2026-10-25T02:00:00Z')).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T01:00Z',
      '2026-10-25T02:00Z',
    ]);
  });

  it('a line for every two hours starts in both hours that the clock calls two', () => {
    expect(dues('30 */2 25 10 *', 'Europe/Berlin', '2026-10-25T00:00:00Z', '2026-10-25T03:00:00Z')).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-25T01:30Z',
    ]);
  });
});

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo', // changed at midnight until 2019
  'America/Havana', // changes at midnight
  'America/Nuuk', // changes in the evening
  'Africa/Casablanca', // goes back for Ramadan
  'Africa/Cairo',
  'Asia/Kathmandu', // 5:45
  'Asia/Tehran',
  'Australia/Lord_Howe', // changes by half an hour
  'Pacific/Chatham', // 12:45
  'Pacific/Auckland',
];
const dayMs = 86_400_000;
const someDay = fc.integer({ min: Date.UTC(2005, 0, 1) / dayMs, max: Date.UTC(2035, 0, 1) / dayMs });

describe('in every zone, on every day', () => {
  it('a line for one time of the day starts exactly once', () => {
    const time = fc.record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) });
    fc.assert(
      fc.property(fc.constantFrom(...zones), someDay, time, (zone, day, { hour, minute }) => {
        const timetable = timetableOf(`${minute} ${hour} * * *`, zone);
        const days: number[] = [];
        let moment = due(timetable, day * dayMs);
        for (let start = 0; start < 10; start++) {
          days.push(Math.floor(wallAt(zone, moment) / dayMs));
          moment = due(timetable, moment);
        }
        expect(days).toEqual(days.map((_, index) => (days[0] ?? 0) + index));
      }),
      { numRuns: 300 },
    );
  });

  it('starts exactly once on the days of the change too', () => {
    for (const zone of zones) {
      for (const cron of [
        '0 0 * * *',
        '30 0 * * *',
        '30 1 * * *',
        '0 2 * * *',
        '30 2 * * *',
        '30 22 * * *',
        '30 23 * * *',
      ]) {
        const timetable = timetableOf(cron, zone);
        let moment = due(timetable, Date.UTC(2017, 0, 1));
        for (let start = 0; start < 400; start++) {
          const next = due(timetable, moment);
          const days = Math.floor(wallAt(zone, next) / dayMs) - Math.floor(wallAt(zone, moment) / dayMs);
          if (days !== 1) throw new Error(`${cron} in ${zone}: ${toIso(moment)} is followed by ${toIso(next)}`);
          moment = next;
        }
      }
    }
  });

  it('a line for every quarter of an hour starts every quarter of an hour', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), someDay, (zone, day) => {
        const timetable = timetableOf('*/15 * * * *', zone);
        const first = due(timetable, day * dayMs);
        let moment = first;
        for (let start = 1; start <= 120; start++) {
          moment = due(timetable, moment);
          expect(moment).toBe(first + start * 900_000);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('the latest start is the one that no other is between', () => {
    const crons = fc.constantFrom(
      '30 2 * * *',
      '*/15 * * * *',
      '0 */5 * * *',
      '0 8 * * mon',
      '15 0 1 * *',
      '0 0 29 2 *',
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        crons,
        someDay,
        fc.integer({ min: 0, max: dayMs }),
        (zone, cron, day, ms) => {
          const timetable = timetableOf(cron, zone);
          const at = day * dayMs + ms;
          const latest = latestDue(timetable, at - 9 * 366 * dayMs, at) ?? Number.NaN;
          expect(latest).toBeLessThanOrEqual(at);
          expect(due(timetable, latest - 1)).toBe(latest);
          expect(due(timetable, latest)).toBeGreaterThan(at);
        },
      ),
      { numRuns: 100 },
    );
  });
});

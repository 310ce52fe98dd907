import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { allowsDay, parseCron, type CronLine } from './cron-line.js';

function line(text: string): CronLine {
  const parsed = parseCron(text);
  if (parsed.kind === 'fault') throw new Error(parsed.fault);
  return parsed.line;
}

/** Dates from the first one on. */
function days(first: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    new Date(Date.parse(first) + index * 86_400_000).toISOString().slice(0, 10),
  );
}

function allowsDate(cron: CronLine, date: string): boolean {
  const at = new Date(date);
  return allowsDay(cron, at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCDay());
}

describe('a cron line', () => {
  it.each<[string, Partial<CronLine>]>([
    ['30 2 * * *', { seconds: [0], minutes: [30], hours: [2], pace: 'set-hours' }],
    ['15 30 2 * * *', { seconds: [15], minutes: [30], hours: [2] }],
    ['*/15 8-10 * * *', { minutes: [0, 15, 30, 45], hours: [8, 9, 10], pace: 'set-hours' }],
    ['0 */6 * * *', { hours: [0, 6, 12, 18], pace: 'elapsed' }],
    ['0 8-18/5 * * *', { hours: [8, 13, 18], pace: 'elapsed' }],
    ['0 */24 * * *', { hours: [0], pace: 'set-hours' }],
    ['0 0-23 * * *', { pace: 'elapsed' }],
    ['50/5 * * * *', { minutes: [50, 55] }],
    ['0 0 1,15 jan-MAR *', { days: [1, 15], months: [1, 2, 3] }],
    ['0 0 * * mon-fri', { weekdays: [1, 2, 3, 4, 5] }],
    ['0 0 * * 5-7', { weekdays: [0, 5, 6] }],
    ['  0\t0  * * */2 ', { weekdays: [0, 2, 4, 6] }],
  ])('%s is read', (text, expected) => {
    expect(line(text)).toMatchObject(expected);
  });

  it.each([
    ['61 2 * * *', 'its minute 61 is not between 0 and 59'],
    ['0 24 * * *', 'its hour 24 is not between 0 and 23'],
    ['0 0 0 * *', 'its day 0 is not between 1 and 31'],
    ['0 0 * * 8', 'its weekday 8 is not between 0 and 7'],
    ['0 0 * * someday', 'its weekday "someday" is not a number, nor one of sun, mon, tue, wed, thu, fri, sat'],
    ['0 0 L * *', 'its day "L" is not a number'],
    ['0 a * * *', 'its hour "a" is not a number'],
    ['!! 0 0 * * *', 'its second "!!" is neither *, a value, a range such as 1-5, nor a step such as */15'],
    ['0 18-8 * * *', 'its hour "18-8" runs backwards'],
    ['*/0 * * * *', 'its minute "*/0" has a step of 0'],
    ['0,,5 * * * *', 'its minute "" is neither'],
    ['-1 * * * *', 'its minute "-1" is neither'],
    ['0 2 * *', 'it has 4 fields instead of five (minute hour day month weekday) or six (with seconds first)'],
    ['@daily', 'it has 1 fields'],
    ['', 'it has 0 fields'],
  ])('"%s" is refused: %s', (text, fault) => {
    const parsed = parseCron(text);
    expect(parsed.kind === 'fault' ? parsed.fault : parsed).toMatch(fault);
  });

  it('of any text is read or refused, never a crash', () => {
    const part = fc.string({ unit: fc.constantFrom(...'0123456789*/-,jansu '), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(part, { minLength: 5, maxLength: 6 }), (parts) => {
        expect(['line', 'fault']).toContain(parseCron(parts.join(' ')).kind);
      }),
    );
  });

  it.each([
    ['F37: of the first Sunday', '0 2 1-7 * */7', ['2026-11-01', '2026-12-06']],
    ['F37 kind: with the star on the day', '0 2 */10 * mon', ['2026-12-21']],
    ['F37 kind: with stars on both', '0 2 */10 * */7', ['2026-11-01']],
    ['F37 kind: with a list that begins with a star', '0 2 13 * */7,fri', ['2026-11-13', '2026-12-13']],
    [
      'F37 kind: without a star',
      '0 2 13 12 fri',
      ['2026-12-04', '2026-12-11', '2026-12-13', '2026-12-18', '2026-12-25'],
    ],
    ['F37 kind: with a list that only holds a star', '0 2 13,* 12 mon', days('2026-12-01', 31)],
    ['F37 kind: with all days, but no star', '0 2 1-31 12 mon', days('2026-12-01', 31)],
    ['F37 kind: with all weekdays, but no star', '0 2 13 12 0-6', days('2026-12-01', 31)],
  ])('%s, joins day and weekday by the star in its text', (_what, text, dates) => {
    expect(days('2026-11-01', 61).filter((date) => allowsDate(line(text), date))).toEqual(dates);
  });

  it('that restricts both day and weekday allows either, and else both', () => {
    const either = line('0 0 13 * fri');
    expect([allowsDay(either, 3, 13, 2), allowsDay(either, 3, 12, 5), allowsDay(either, 3, 12, 2)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(allowsDay(line('0 0 * * fri'), 3, 13, 2)).toBe(false);
    expect(allowsDay(line('0 0 13 * *'), 3, 12, 5)).toBe(false);
    expect(line('0 0 30 2 mon').days).toEqual([30]);
  });
});

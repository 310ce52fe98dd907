import { describe, expect, it } from '@jest/globals';
import { nextDue } from '../timetable/timetable.adapter.js';
import type { NextDue } from '../shared/schedule.js';
import { knowledgeNow, statusNow, worstStatus } from './freshness.js';
import { fromIso } from '../shared/instant.js';
import type { CheckupStatus } from './checkup.js';

/** Due at every full hour, whatever the line says. */
const hourly: NextDue = (_schedule, after) => (Math.floor(after / 3_600_000) + 1) * 3_600_000;
const never: NextDue = () => null;

const looked = { status: 'ok', time: '2026-11-22T02:00:05.000Z' } as const;
const every = { every: '1m', at: undefined, timeZone: undefined, timeout: '30s' };
const at = { every: undefined, at: '0 * * * *', timeZone: undefined, timeout: '30s' };

describe('the status of a check-up now', () => {
  it('is unknown while no one has looked', () => {
    expect(knowledgeNow(every, null, fromIso('2026-11-22T02:00:00Z'), never)).toEqual({
      status: 'unknown',
      because: 'never-looked',
    });
  });

  it.each([
    ['at once', '2026-11-22T02:00:05Z', 'ok', 'looked'],
    ['after three intervals to the millisecond', '2026-11-22T02:03:05Z', 'ok', 'looked'],
    ['just after three intervals', '2026-11-22T02:03:05.001Z', 'unknown', 'overdue'],
    ['a day later', '2026-11-23T02:00:00Z', 'unknown', 'overdue'],
    ['when the clock was set back', '2026-11-22T01:00:00Z', 'ok', 'looked'],
  ])('of one that looks every minute, %s (%s): %s', (_when, now, status, because) => {
    expect(knowledgeNow(every, looked, fromIso(now), never)).toEqual({ status, because });
  });

  it.each([
    ['after one look is missing', '2026-11-22T03:30:00Z', 'ok', 'looked'],
    ['while the second may still take its time', '2026-11-22T04:00:30Z', 'ok', 'looked'],
    ['when the second has not come either', '2026-11-22T04:00:30.001Z', 'unknown', 'overdue'],
  ])('of one with a cron line, %s (%s): %s', (_when, now, status, because) => {
    expect(knowledgeNow(at, looked, fromIso(now), hourly)).toEqual({ status, because });
  });

  it('reads cron lines by the clock of their time zone', () => {
    // 02:00 in Berlin is 01:00 UTC in winter.
    const daily = { every: undefined, at: '0 2 * * *', timeZone: 'Europe/Berlin', timeout: '30s' };
    const last = { status: 'ok', time: '2026-11-22T01:00:01.000Z' } as const;
    expect(statusNow(daily, last, fromIso('2026-11-24T01:00:30.000Z'), nextDue)).toBe('ok');
    expect(statusNow(daily, last, fromIso('2026-11-24T01:00:30.001Z'), nextDue)).toBe('unknown');
  });

  it('stays what it was when no further look is planned', () => {
    expect(knowledgeNow(at, looked, fromIso('2027-11-22T02:00:00Z'), never).status).toBe('ok');
  });

  it('is told without its reason where only the status is wanted', () => {
    expect(statusNow(every, looked, fromIso('2026-11-22T02:01:00Z'), never)).toBe('ok');
    expect(statusNow(every, looked, fromIso('2026-11-22T03:00:00Z'), never)).toBe('unknown');
  });
});

describe('the worst of several statuses', () => {
  it.each<[CheckupStatus[], CheckupStatus]>([
    [[], 'unknown'],
    [['ok', 'ok'], 'ok'],
    [['ok', 'unknown'], 'unknown'],
    [['unknown', 'warning'], 'warning'],
    [['warning', 'critical', 'unknown', 'ok'], 'critical'],
  ])('of %j is %s', (statuses, worst) => {
    expect(worstStatus(statuses)).toBe(worst);
  });
});

import { SchedulerRegistry } from '@nestjs/schedule';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Instant } from '../shared/instant.js';
import { TimetableService } from './timetable.service.js';

const daily = { at: '0 2 * * *', timeZone: 'UTC' };
const minute = 60_000;
const hour = 60 * minute;

describe('the timetable', () => {
  let timetable: TimetableService;
  let called: string[];
  const onDue = async (plannedFor: Instant) => {
    called.push(new Date(plannedFor).toISOString());
  };
  const begin = (now: string) => {
    jest.useFakeTimers({ now: Date.parse(now) });
    timetable = new TimetableService(new SchedulerRegistry(), { now: () => Date.now() });
  };

  beforeEach(() => {
    called = [];
  });

  afterEach(() => {
    timetable.stop();
    jest.useRealTimers();
  });

  it('calls at each planned time, once', async () => {
    begin('2026-11-22T01:59:00Z');
    timetable.schedule('records', daily, Date.now(), onDue);
    await jest.advanceTimersByTimeAsync(25 * hour);
    expect(called).toEqual(['2026-11-22T02:00:00.000Z', '2026-11-23T02:00:00.000Z']);
  });

  it('calls once, for the newest, when the computer slept over several', async () => {
    begin('2026-11-22T01:00:00Z');
    timetable.schedule('records', daily, Date.now(), onDue);
    jest.setSystemTime(Date.parse('2026-11-25T08:00:00Z'));
    await jest.advanceTimersByTimeAsync(2 * minute);
    expect(called).toEqual(['2026-11-25T02:00:00.000Z']);
  });

  it('does not call again when the clock is set back a little', async () => {
    begin('2026-11-22T01:59:00Z');
    timetable.schedule('records', daily, Date.now(), onDue);
    await jest.advanceTimersByTimeAsync(2 * minute);
    jest.setSystemTime(Date.parse('2026-11-22T01:50:00Z'));
    await jest.advanceTimersByTimeAsync(hour);
    expect(called).toEqual(['2026-11-22T02:00:00.000Z']);
  });

  it('goes by the right clock after one that was a year ahead', async () => {
    begin('2026-11-22T01:00:00Z');
    timetable.schedule('records', daily, Date.parse('2027-11-22T02:00:00Z'), onDue);
    await jest.advanceTimersByTimeAsync(2 * hour);
    expect(called).toEqual(['2026-11-22T02:00:00.000Z']);
  });

  it('continues after a call that failed, and knows the next planned time', async () => {
    begin('2026-11-22T01:00:00Z');
    const failing = async (plannedFor: Instant) => {
      await onDue(plannedFor);
      throw new Error('on purpose');
    };
    timetable.schedule('records', daily, Date.now(), failing);
    await jest.advanceTimersByTimeAsync(26 * hour);
    expect(called).toHaveLength(2);
    expect(timetable.nextDue('records')).toBe(Date.parse('2026-11-24T02:00:00Z'));
  });

  it('calls at even intervals, the first time when asked, and no more once it is unscheduled', async () => {
    begin('2026-11-22T01:00:00Z');
    timetable.scheduleEvery('disk', minute, 2000, onDue);
    await jest.advanceTimersByTimeAsync(2 * minute + 3000);
    expect(called).toHaveLength(3);
    timetable.unschedule('disk');
    await jest.advanceTimersByTimeAsync(hour);
    expect(called).toHaveLength(3);
    expect(timetable.names()).toEqual([]);
  });

  it('keeps an interval that is longer than any timer', async () => {
    begin('2026-11-22T01:00:00Z');
    timetable.scheduleEvery('certificates', 30 * 24 * hour, 2000, onDue);
    await jest.advanceTimersByTimeAsync(29 * 24 * hour);
    expect(called).toEqual(['2026-11-22T01:00:02.000Z']);
    await jest.advanceTimersByTimeAsync(2 * 24 * hour);
    expect(called).toEqual(['2026-11-22T01:00:02.000Z', '2026-12-22T01:00:02.000Z']);
  });
});

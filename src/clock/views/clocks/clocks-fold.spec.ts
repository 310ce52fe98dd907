import { describe, expect, it } from '@jest/globals';
import type { Event, NewEvent } from '../../../event-log/envelope.js';
import { decision } from '../../../event-log/statement.js';
import { clockConfirmed, clockJumped, type ClockEvent } from '../../clock.events.js';
import type { ClockRow } from './clocks.entity.js';
import { foldClock } from './clocks.fold.js';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const now = Date.parse('2026-11-29T02:00:00Z');
const about = {
  source: '/wardround/installation',
  subject: '/installations/i/clock',
  partitionkey: '/definitions',
  now,
};

const recorded = (event: NewEvent) => ({ ...event, recordedtime: event.time }) as Event as ClockEvent;

function jumped(ms: number): ClockEvent {
  const [expected, shown] = [new Date(now).toISOString(), new Date(now + ms).toISOString()];
  const data = { installation: 'i', computer: 'RECEPTION-PC', against: 'steady-clock', expected, shown, ms } as const;
  return recorded(decision(clockJumped, ['i', String(ms)], { ...about, data, actor: 'clock' }));
}

function confirmed(...jumps: readonly ClockEvent[]): ClockEvent {
  const data = { installation: 'i', jumps: jumps.map(({ id }) => id), note: '' };
  return recorded(decision(clockConfirmed, data.jumps, { ...about, data, actor: 'cli:anna' }));
}

const fold = (...events: readonly ClockEvent[]) =>
  events.reduce<ClockRow | undefined>((clock, event, at) => foldClock(clock, event, at + 1), undefined);
const openOf = (...events: readonly ClockEvent[]) => fold(...events)?.open.map(({ ms }) => ms);

describe('the jumps of a clock', () => {
  it('are open until a person confirms the clock, who confirms those that there were', () => {
    const [one, other] = [jumped(60 * dayMs), jumped(2 * dayMs)];
    expect(fold(one)).toMatchObject({ open: [{ jumpId: one.id, computer: 'RECEPTION-PC' }], confirmedPlace: 0 });
    expect(fold(one, confirmed(one))).toEqual({ installation: 'i', open: [], confirmedPlace: 2 });
    expect(openOf(one, confirmed(one), other)).toEqual([2 * dayMs]);
    expect(openOf(one, other, confirmed(one))).toEqual([2 * dayMs]);
  });

  it('are over when the clock was put right again, to within minutes', () => {
    expect(openOf(jumped(60 * dayMs), jumped(-60 * dayMs + 3 * minuteMs))).toEqual([]);
    expect(openOf(jumped(60 * dayMs), jumped(-59 * dayMs))).toEqual([60 * dayMs, -59 * dayMs]);
    expect(openOf(jumped(-2 * dayMs), jumped(-dayMs), jumped(3 * dayMs))).toEqual([]);
  });

  it('count once, however often they are handed over', () => {
    const [one, back] = [jumped(60 * dayMs), jumped(-60 * dayMs)];
    expect(openOf(one, one)).toEqual([60 * dayMs]);
    expect(openOf(one, back, one, back)).toEqual([]);
  });
});

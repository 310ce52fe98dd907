import { describe, expect, it } from '@jest/globals';
import { clockConfirmed, clockJumped, type ClockEvent } from '../../clock/clock.events.js';
import type { Event, NewEvent } from '../../event-log/envelope.js';
import { decision } from '../../event-log/statement.js';
import type { ClockJumpRow } from './clock-jumps.entity.js';
import { foldClockJumps } from './clock-jumps.fold.js';

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

function jumped(ms: number, installation = 'i'): ClockEvent {
  const [expected, shown] = [new Date(now).toISOString(), new Date(now + ms).toISOString()];
  const data = { installation, computer: 'RECEPTION-PC', against: 'steady-clock', expected, shown, ms } as const;
  return recorded(decision(clockJumped, [installation, String(ms)], { ...about, data, actor: 'clock' }));
}

function confirmed(...jumps: readonly ClockEvent[]): ClockEvent {
  const data = { installation: 'i', jumps: jumps.map(({ id }) => id), note: '' };
  return recorded(decision(clockConfirmed, data.jumps, { ...about, data, actor: 'cli:anna' }));
}

const fold = (...events: readonly ClockEvent[]) =>
  events.reduce<readonly ClockJumpRow[]>((jumps, event, at) => foldClockJumps(jumps, event, at + 1), []);
const ends = (jumps: readonly ClockJumpRow[]) => jumps.map(({ endedBecause }) => endedBecause);

describe('the jumps of a clock', () => {
  it('are open until a person confirms the clock, who confirms those that there were', () => {
    const [one, other] = [jumped(60 * dayMs), jumped(2 * dayMs)];
    expect(ends(fold(one))).toEqual([null]);
    expect(fold(one, confirmed(one), other)).toMatchObject([
      { endedBecause: 'confirmed', endedBy: 'cli:anna', endedPlace: 2, logPlace: 1 },
      { endedBecause: null, logPlace: 3 },
    ]);
  });

  it('are over when the clock was put right again, to within minutes', () => {
    expect(ends(fold(jumped(60 * dayMs), jumped(-60 * dayMs + 3 * minuteMs)))).toEqual(['put-right', 'put-right']);
    expect(ends(fold(jumped(60 * dayMs), jumped(-59 * dayMs)))).toEqual([null, null]);
    expect(ends(fold(jumped(-2 * dayMs), jumped(-dayMs), jumped(3 * dayMs)))).toEqual(Array(3).fill('put-right'));
  });

  it('of one computer are not put right by those of another', () => {
    expect(ends(fold(jumped(60 * dayMs), jumped(-60 * dayMs, 'j')))).toEqual([null, null]);
  });

  it('count once, however often they are handed over', () => {
    const [one, back] = [jumped(60 * dayMs), jumped(-60 * dayMs)];
    expect(fold(one, one, back, back, one)).toEqual(fold(one, back).map((jump) => ({ ...jump, ...placesOf(jump) })));
    function placesOf({ logPlace }: ClockJumpRow) {
      return { logPlace: logPlace === 2 ? 3 : logPlace, endedPlace: 3 };
    }
  });
});

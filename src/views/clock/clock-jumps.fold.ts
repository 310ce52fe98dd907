import type { ClockEvent } from '../../clock/clock.events.js';
import { jumpMs } from '../../clock/clock-jump.js';
import type { ClockJumpRow } from './clock-jumps.entity.js';

/**
 * What an event makes of the jumps. Those of one clock that make up for each other, as where it was put right again, are
 * over; the others until a person confirms the clock.
 * @param jumps those that are open, and the one of this event if it is known already; in the order of the log
 * @param place where the event lies in the log
 * @returns the same, with the new one
 */
export function foldClockJumps(
  jumps: readonly ClockJumpRow[],
  event: ClockEvent,
  place: number,
): readonly ClockJumpRow[] {
  const ended = { endedBy: event.actor ?? null, endedAt: event.time, endedPlace: place };
  if (event.type === 'clock.confirmed') {
    const confirmed = new Set(event.data.jumps);
    return jumps.map((jump) =>
      jump.endedBecause === null && confirmed.has(jump.jumpId)
        ? { ...jump, ...ended, endedBecause: 'confirmed' }
        : jump,
    );
  }
  if (jumps.some(({ jumpId }) => jumpId === event.id)) return jumps;
  const open = { endedBecause: null, endedBy: null, endedAt: null, endedPlace: 0 };
  const all: readonly ClockJumpRow[] = [...jumps, { jumpId: event.id, ...event.data, logPlace: place, ...open }];
  const { installation } = event.data;
  const isOpen = (jump: ClockJumpRow) => jump.installation === installation && jump.endedBecause === null;
  const offBy = all.filter(isOpen).reduce((sum, { ms }) => sum + ms, 0);
  if (all.filter(isOpen).length < 2 || Math.abs(offBy) > jumpMs) return all;
  return all.map((jump) => (isOpen(jump) ? { ...jump, ...ended, endedBecause: 'put-right' } : jump));
}

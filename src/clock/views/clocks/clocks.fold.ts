import { jumpMs } from '../../clock-jump.js';
import type { ClockEvent } from '../../clock.events.js';
import type { ClockRow } from './clocks.entity.js';

/**
 * What an event makes of a clock. Jumps that make up for each other, as where it was put right again, are over; the others
 * stay open until a person confirms the clock.
 * @param place where the event is in the log
 */
export function foldClock(row: ClockRow | undefined, event: ClockEvent, place: number): ClockRow {
  const { installation } = event.data;
  const clock = row ?? { installation, open: [], confirmedPlace: 0 };
  if (event.type === 'clock.confirmed') {
    const confirmed = new Set(event.data.jumps);
    return { ...clock, open: clock.open.filter(({ jumpId }) => !confirmed.has(jumpId)), confirmedPlace: place };
  }
  if (clock.open.some(({ jumpId }) => jumpId === event.id)) return clock;
  const open = [...clock.open, { jumpId: event.id, ...event.data }];
  const offBy = open.reduce((sum, { ms }) => sum + ms, 0);
  return { ...clock, open: open.length > 1 && Math.abs(offBy) <= jumpMs ? [] : open };
}

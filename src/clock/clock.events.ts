import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-log/event-types.js';

/** The subject of what an installation says of the clock that it goes by. */
export function clockSubject(installation: string): string {
  return `/installations/${installation}/clock`;
}

const moment = z.iso.datetime();

/**
 * The computer's clock was moved, or shows something that does not follow from what the log recorded. Until a person says
 * that it is right, or it has run for a while, nothing is done by it that cannot be undone.
 */
export const clockJumped = defineEvent(
  'clock.jumped',
  1,
  z.object({
    installation: z.string(),
    computer: z.string(),
    /** `steady-clock`: that of the system, which is never set. `log`: the time at which its last event was recorded. */
    against: z.enum(['steady-clock', 'log']),
    expected: moment.describe(
      'The time that the clock should have shown; for the log, when its last event was recorded',
    ),
    shown: moment.describe('What it showed'),
    ms: z.number().int().describe('Size of the jump; negative: back'),
  }),
);

/** A person says that the clock is right as it is. */
export const clockConfirmed = defineEvent(
  'clock.confirmed',
  1,
  z.object({
    installation: z.string(),
    jumps: z.array(z.string()).describe('The ids of the jumps that are no reason to wait any more'),
    note: z.string(),
  }),
);

export const clockEvents = [clockJumped, clockConfirmed] as const;
export type ClockEvent = EventOf<(typeof clockEvents)[number]>;

import { z } from 'zod';
import type { ClockJump } from '../../clock/views/clocks/clocks.entity.js';
import { moment, type Body } from '../bodies.js';

export const clockJumpSchema = z.object({
  jumpId: z.string().describe('The id of its event'),
  computer: z.string(),
  against: z.enum(['steady-clock', 'log']).describe('What the clock was compared with'),
  expected: moment.describe('The time that the clock should have shown; for the log, when its last event was recorded'),
  shown: moment,
  ms: z.number().int().describe('Size of the jump; negative: back'),
});

export const confirmedClockSchema = z.object({ confirmed: z.array(clockJumpSchema) });

export function clockJumpBody(jump: ClockJump): Body<typeof clockJumpSchema> {
  const { jumpId, computer, against, expected, shown, ms } = jump;
  return { jumpId, computer, against, expected, shown, ms };
}

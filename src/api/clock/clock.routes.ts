import { z } from 'zod';
import { none, base, type Resource } from '../route.js';
import { confirmedClockSchema } from './clock.bodies.js';

export const clock = {
  named: {},
  routes: {
    confirmClock: {
      method: 'POST',
      path: `${base}/clock/confirm`,
      needs: 'confirm-clock',
      summary: 'Confirm that the clock is correct after a jump, so that retention resumes',
      params: none,
      query: none,
      body: z.strictObject({ note: z.string().max(1000).optional().describe('Reason') }),
      answer: { status: 200, body: confirmedClockSchema },
      errors: [409],
      token: true,
    },
  },
} as const satisfies Resource;

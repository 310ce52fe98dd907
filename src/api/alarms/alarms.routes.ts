import { z } from 'zod';
import { addressPatternSchema } from '../../shared/address.js';
import { listOf } from '../bodies.js';
import { none, atServers, base, ofPage, id, type Resource } from '../route.js';
import { alarmSchema } from './alarms.bodies.js';

const truth = z.preprocess(
  (text) => (text === 'true' ? true : text === 'false' ? false : text),
  z.boolean({ error: 'must be true or false' }),
);

export const alarms = {
  named: { Alarm: alarmSchema },
  routes: {
    listAlarms: {
      method: 'GET',
      path: `${base}/alarms`,
      needs: 'read-status',
      summary: 'Alarms, newest first',
      params: none,
      body: none,
      query: z.strictObject({
        open: truth.optional().describe('true: open alarms only; false: cleared alarms only'),
        ...atServers,
        subject: addressPatternSchema
          .optional()
          .describe('Only about this job or check-up: `<site>/<server>/<name>`, or `<name>` for all of that name'),
        subjectKind: z.enum(['job', 'checkup', 'server']).optional().describe('Only about things of this kind'),
        ...ofPage,
      }),
      answer: { status: 200, body: listOf(alarmSchema) },
      errors: [],
    },
    acknowledgeAlarm: {
      method: 'POST',
      path: `${base}/alarms/{id}/acknowledge`,
      needs: 'acknowledge-alarms',
      summary: 'Acknowledge an alarm',
      params: id,
      query: none,
      body: z.strictObject({ note: z.string().max(1000).optional() }),
      answer: { status: 200, body: alarmSchema },
      errors: [404, 409],
    },
  },
} as const satisfies Resource;

import { z } from 'zod';
import { listOf } from '../bodies.js';
import { none, base, ofPage, id, type Resource } from '../route.js';
import { parkedEventSchema, parkedEventWithEventSchema, askedAgainSchema } from './parked.bodies.js';

export const parked = {
  named: { ParkedEvent: parkedEventSchema },
  routes: {
    listParked: {
      method: 'GET',
      path: `${base}/parked`,
      needs: 'read-system',
      summary: 'Events that failed in views, rules or notifications, and those queued behind them',
      params: none,
      body: none,
      query: z.strictObject({
        subscription: z.string().min(1).max(200).optional().describe('Only events of this subscription'),
        partitionkey: z.string().min(1).max(500).optional().describe('Only events of this key, such as a server'),
        ...ofPage,
      }),
      answer: { status: 200, body: listOf(parkedEventSchema) },
      errors: [],
    },
    findParked: {
      method: 'GET',
      path: `${base}/parked/{id}`,
      needs: 'read-system',
      summary: 'A parked event with the event itself',
      params: id,
      query: none,
      body: none,
      answer: { status: 200, body: parkedEventWithEventSchema },
      errors: [404],
    },
    retryAllParked: {
      method: 'POST',
      path: `${base}/parked/retry`,
      needs: 'administer-event-processing',
      summary: 'Retry all parked events, or those of a subscription or key',
      params: none,
      query: none,
      body: z.strictObject({
        subscription: z.string().min(1).max(200).optional(),
        partitionkey: z.string().min(1).max(500).optional(),
      }),
      answer: { status: 202, body: askedAgainSchema },
      errors: [],
      token: true,
    },
    retryParked: {
      method: 'POST',
      path: `${base}/parked/{id}/retry`,
      needs: 'administer-event-processing',
      summary: 'Retry a parked event and those queued behind it',
      params: id,
      query: none,
      body: none,
      answer: { status: 202, body: askedAgainSchema },
      errors: [404],
    },
    discardParked: {
      method: 'POST',
      path: `${base}/parked/{id}/discard`,
      needs: 'administer-event-processing',
      summary: 'Discard a failed event permanently and retry those queued behind it',
      params: id,
      query: none,
      body: z.strictObject({ reason: z.string().trim().min(1).max(1000).describe('Reason') }),
      answer: { status: 200, body: askedAgainSchema },
      errors: [404, 409],
      token: true,
    },
  },
} as const satisfies Resource;

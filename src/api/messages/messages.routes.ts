import { z } from 'zod';
import { listOf } from '../bodies.js';
import { none, base, ofPage, id, type Resource } from '../route.js';
import { messageSchema } from './messages.bodies.js';

export const messages = {
  named: { Message: messageSchema },
  routes: {
    listMessages: {
      method: 'GET',
      path: `${base}/messages`,
      needs: 'read-messages',
      summary: 'Messages to recipient groups, newest first',
      params: none,
      body: none,
      query: z.strictObject({ state: z.enum(['waiting', 'delivered', 'failed', 'withdrawn']).optional(), ...ofPage }),
      answer: { status: 200, body: listOf(messageSchema) },
      errors: [],
    },
    dismissMessage: {
      method: 'POST',
      path: `${base}/messages/{id}/dismiss`,
      needs: 'dismiss-messages',
      summary: 'Dismiss a message that could not be delivered, and earlier ones to the same addresses',
      params: id,
      query: none,
      body: z.strictObject({ note: z.string().max(1000).optional() }),
      answer: { status: 200, body: messageSchema },
      errors: [404, 409],
    },
  },
} as const satisfies Resource;

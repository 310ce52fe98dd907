import { z } from 'zod';
import { eventTypes } from '../../capabilities.js';
import { listOf } from '../bodies.js';
import { mostEventsAtOnce } from '../http/request-limits.js';
import { none, base, wholeNumber, ofPage, type Resource } from '../route.js';
import { eventMediaTypes } from './cloud-events.js';
import { eventSchema, sentEventSchema, storedEventsSchema } from './events.bodies.js';
import { outsideTypeNames } from './outside-events.js';

const moment = z.iso.datetime({
  offset: true,
  error: 'must be an RFC 3339 time such as 2026-11-22T02:00:00Z; write the + of an offset as %2B in a URL',
});
const knownTypes = eventTypes.all.map(({ type }) => type);

export const events = {
  named: { Event: eventSchema },
  routes: {
    listEvents: {
      method: 'GET',
      path: `${base}/events`,
      needs: 'read-events',
      summary: 'Events, oldest first',
      params: none,
      body: none,
      query: z.strictObject({
        source: z.string().min(1).max(500).optional().describe('Only events of this source'),
        type: z
          .enum(knownTypes, { error: (issue) => `"${String(issue.input)}" is not an event type` })
          .optional()
          .describe('Only events of this type'),
        since: moment.optional().describe('Only events at or after this time'),
        until: moment.optional().describe('Only events before this time'),
        wait: wholeNumber(0, 30)
          .optional()
          .describe(
            'To follow the log: `next` is never null, and an empty page waits up to this many seconds for an event',
          ),
        ...ofPage,
      }),
      answer: { status: 200, body: listOf(eventSchema) },
      errors: [],
    },
    stateEvents: {
      method: 'POST',
      path: `${base}/events`,
      needs: 'state-results',
      summary: 'Send events, by the HTTP binding of CloudEvents 1.0: all of them are stored, or none',
      params: none,
      query: none,
      body: none,
      contents: {
        [eventMediaTypes.structured]: sentEventSchema,
        [eventMediaTypes.batch]: z.array(sentEventSchema).max(mostEventsAtOnce),
        [eventMediaTypes.binary]: z.looseObject({}).describe('The data only; the attributes are headers'),
      },
      headers: {
        'ce-specversion': 'In binary mode (only the data in the body): `1.0`',
        'ce-id': 'Unique together with the source; an event that is sent again is stored once',
        'ce-source': 'The server: `/sites/<site>/servers/<server>`',
        'ce-type': `One of ${outsideTypeNames.join(', ')}`,
        'ce-time': 'When it happened; default: now',
      },
      answer: { status: 200, body: storedEventsSchema },
      errors: [409, 429, 507],
    },
  },
} as const satisfies Resource;

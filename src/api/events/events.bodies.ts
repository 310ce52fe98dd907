import { z } from 'zod';
import { checkupCompleted } from '../../checkups/checkups.events.js';
import type { Event } from '../../event-log/envelope.js';
import { moment, count, type Body } from '../bodies.js';
import { outsideTypeNames } from './outside-events.js';

export const eventSchema = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string().describe('Unique together with `source`'),
    source: z.string(),
    type: z.string(),
    subject: z.string(),
    time: moment.describe('When it happened'),
    datacontenttype: z.literal('application/json'),
    dataschema: z.string().describe('`urn:wardround:event:<type>:v<version>`'),
    data: z.record(z.string(), z.unknown()),
    partitionkey: z.string().describe('Events of one key are delivered in order'),
    sequence: z.string().optional().describe('Gapless per source and epoch, 16 digits; decisions carry none'),
    epoch: z
      .string()
      .optional()
      .describe('The epoch of the sequence: `1`, or `2-k3f9x2ab`; a restored or copied log begins a new epoch'),
    causationid: z.string().optional().describe('The id of the event that caused this one'),
    actor: z.string().optional().describe('Who caused it'),
    recordedtime: moment.describe('When it was stored'),
  })
  .describe('A CloudEvents 1.0 event in JSON');

export const sentEventSchema = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string().min(1).max(200).describe('Unique together with `source`: sent again, it is stored once'),
    source: z.string().describe('The server: `/sites/<site>/servers/<server>`'),
    type: z.enum(outsideTypeNames),
    time: z.iso.datetime({ offset: true }).optional().describe('When it happened; default: now'),
    subject: z.string().optional().describe('`<source>/checkups/<checkup>`, filled in'),
    datacontenttype: z.literal('application/json').optional(),
    dataschema: z.string().optional().describe('`urn:wardround:event:<type>:v<version>`; default: the newest'),
    partitionkey: z.string().optional().describe('The source, filled in'),
    data: checkupCompleted.data,
  })
  .describe('A CloudEvents 1.0 event in JSON, as sent by a probe on a server');

export const storedEventsSchema = z.object({
  stored: count.describe(
    'The number of events in the request; all of them are in the log now, from this request or an earlier one',
  ),
});

/** The event as it is in the log. Every type's data is an object. */
export function eventBody({ data, ...envelope }: Event): Body<typeof eventSchema> {
  return { ...envelope, data: typeof data === 'object' && data !== null ? { ...data } : {} };
}

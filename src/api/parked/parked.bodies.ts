import { z } from 'zod';
import type { ParkedEventRow } from '../../folding/parked/parked.entity.js';
import { moment, count, type Body } from '../bodies.js';
import { eventSchema } from '../events/events.bodies.js';
import { base } from '../route.js';

export const parkedEventSchema = z.object({
  id: z.string().describe('ID of the parked event: `<subscription>.<partition>.<partition of the event>.<offset>`'),
  subscription: z.string().describe('Where it failed: `views`, `rules` or `notifications`'),
  partition: count.describe('Its partition of the event log'),
  partitionkey: z.string().describe('Later events of this key are queued behind it'),
  eventId: z.string(),
  source: z.string(),
  type: z.string(),
  error: z.string().nullable().describe('The error; null if it is only queued behind another event of its key'),
  attempts: count.describe('Number of failed attempts'),
  parkedAt: moment,
  askedAt: moment.nullable().describe('When a retry was requested; null if none was'),
  href: z.string().describe('With the event itself'),
});

export const parkedEventWithEventSchema = parkedEventSchema.extend({
  event: eventSchema.nullable().describe('As stored in the event log'),
});

export const askedAgainSchema = z.object({ asked: count.describe('Number of events to be retried') });

/** @param id of the parked event */
export function parkedBody(id: string, row: ParkedEventRow): Body<typeof parkedEventSchema> {
  const { subscription, partition, partitionkey, eventId, source, type, error, attempts, parkedAt, askedAt } = row;
  const href = `${base}/parked/${encodeURIComponent(id)}`;
  return {
    ...{ id, subscription, partition, partitionkey, eventId, source, type, error, attempts, parkedAt, askedAt, href },
  };
}

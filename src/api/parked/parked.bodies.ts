import { z } from 'zod';
import type { ParkedEventRow } from '../../folding/parked/parked.entity.js';
import { moment, count, type Body } from '../bodies.js';
import { eventSchema } from '../events/events.bodies.js';
import { base } from '../route.js';

export const parkedEventSchema = z.object({
  id: z.string().describe('Of the parked event: `<subscription>.<partition>.<partition of the event>.<offset>`'),
  subscription: z.string().describe('Who does without it meanwhile: `views`, `rules` or `notifications`'),
  partition: count.describe('The partition of the event log that it waits for'),
  partitionkey: z.string().describe('Later events of this key wait behind it'),
  eventId: z.string(),
  source: z.string(),
  type: z.string(),
  error: z.string().nullable().describe('Why it was refused; null if it only waits behind another one of its key'),
  attempts: count.describe('How often it was refused'),
  parkedAt: moment,
  askedAt: moment.nullable().describe('Since when it is to be tried again; null if nobody asked'),
  href: z.string().describe('With the event itself'),
});

export const parkedEventWithEventSchema = parkedEventSchema.extend({
  event: eventSchema.nullable().describe('As it stands in the event log'),
});

export const askedAgainSchema = z.object({ asked: count.describe('How many events will be tried again') });

/** @param id of the parked event */
export function parkedBody(id: string, row: ParkedEventRow): Body<typeof parkedEventSchema> {
  const { subscription, partition, partitionkey, eventId, source, type, error, attempts, parkedAt, askedAt } = row;
  const href = `${base}/parked/${encodeURIComponent(id)}`;
  return {
    ...{ id, subscription, partition, partitionkey, eventId, source, type, error, attempts, parkedAt, askedAt, href },
  };
}

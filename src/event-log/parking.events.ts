import { z } from 'zod';
import { defineEvent, type EventOf } from './event-types.js';

/** Decides on what is parked: a person does, and this is the source of it. */
export const parkingSource = '/wardround/parking';

/**
 * A person decided that a subscription is to continue without an event that its handler refuses. A subscription that is
 * folded again from the log passes over that event too.
 */
export const eventDiscarded = defineEvent(
  'event.discarded',
  1,
  z.object({
    subscription: z.string().min(1),
    /** The partition whose handler refused it. */
    partition: z.number().int().nonnegative(),
    /** The discarded event. */
    source: z.string(),
    id: z.string(),
    type: z.string(),
    /** What the handler said. */
    error: z.string(),
    /** Why no one needs it there, in the person's words. */
    reason: z.string().min(1).max(1000),
  }),
);

export const parkingEvents = [eventDiscarded] as const;
export type ParkingEvent = EventOf<(typeof parkingEvents)[number]>;

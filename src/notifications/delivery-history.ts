import { isOneOf, type EventOf } from '../event-log/event-types.js';
import { messageDecided, messageDelivered, messageFailed, messageWithdrawn } from './notifications.events.js';
import type { Event } from '../event-log/envelope.js';
import { highest, lowest } from '../shared/extremes.js';
import { fromIso, type Instant } from '../shared/instant.js';

/** What the log itself says of one message. The views may lag behind it; whether to send is decided by this. */
export type DeliveryHistory =
  | { readonly state: 'unknown' }
  | { readonly state: 'settled'; readonly because: 'delivered' | 'given-up' | 'withdrawn' }
  | {
      readonly state: 'open';
      readonly decided: EventOf<typeof messageDecided>;
      /** Of the attempt that comes next; counts from 1. */
      readonly attempt: number;
      /** Null before the first attempt. */
      readonly firstAttemptAt: Instant | null;
      /** When the next attempt may be made. */
      readonly dueAt: Instant;
    };

const types = [messageDecided, messageDelivered, messageFailed, messageWithdrawn] as const;

/** @param events all events with the message's subject */
export function deliveryHistory(events: readonly Event[]): DeliveryHistory {
  const known = events.filter((event) => isOneOf(event, types));
  if (known.some(({ type }) => type === 'message.delivered')) return { state: 'settled', because: 'delivered' };
  if (known.some(({ type }) => type === 'message.withdrawn')) return { state: 'settled', because: 'withdrawn' };
  const failures = known.filter((event) => event.type === 'message.failed');
  if (failures.some(({ data }) => data.retryAt === null)) return { state: 'settled', because: 'given-up' };
  const decided = known.find((event) => event.type === 'message.decided');
  if (!decided) return { state: 'unknown' };
  const times = failures.map(({ time }) => fromIso(time));
  const dues = failures.map(({ data, time }) => fromIso(data.retryAt ?? time));
  return {
    state: 'open',
    decided,
    attempt:
      highest(
        failures.map(({ data }) => data.attempt),
        0,
      ) + 1,
    firstAttemptAt: times.length === 0 ? null : lowest(times),
    dueAt: highest(dues, fromIso(decided.time)),
  };
}

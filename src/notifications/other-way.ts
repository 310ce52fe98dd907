import type { EventOf } from '../event-log/event-types.js';
import type { NewEvent } from '../event-log/envelope.js';
import { decision } from '../event-log/statement.js';
import { fromIso, type Instant } from '../shared/instant.js';
import { addressesOf, messageIdOf } from './decide.js';
import { messageSubject } from './message-address.js';
import { messageDecided, notificationsSource } from './notifications.events.js';
import type { RecipientGroupDefinition } from './recipient-group.js';
import { deliveryPatienceMs } from './undelivered.js';

type Decided = EventOf<typeof messageDecided>;

/** A failed attempt: for people, why, and whether it was the last. */
export interface Failure {
  readonly error: string;
  readonly gaveUp: boolean;
  readonly now: Instant;
}

/**
 * The same message by other ways, where it has failed for good or has been on its way for an hour: in the inbox, and by
 * another channel of the group if it has one. Their ids follow from the message, so that each goes once. What goes in place
 * of another goes no further way.
 * @param group as it is defined now; null if it is not defined any more
 */
export function otherWays(
  decided: Decided,
  group: RecipientGroupDefinition | null,
  { error, gaveUp, now }: Failure,
): readonly NewEvent<Decided>[] {
  const { data, time } = decided;
  const isLate = now >= fromIso(time) + deliveryPatienceMs;
  if (data.inPlaceOf !== null || !(gaveUp || isLate)) return [];
  const inPlaceOf = { messageId: data.messageId, channel: data.channel, to: data.to, error };
  return waysOf(data.channel, group).map(({ channel, to }) => {
    const messageId = messageIdOf({ group: data.group, channel, to }, `in-place-of ${data.messageId}`);
    return decision(messageDecided, [messageId], {
      data: { ...data, messageId, channel, to: [...to], inPlaceOf },
      source: notificationsSource,
      subject: messageSubject(data.group, messageId),
      partitionkey: decided.partitionkey,
      causationid: decided.id,
      now,
    });
  });
}

function waysOf(failed: string, group: RecipientGroupDefinition | null) {
  const inbox = failed === 'inbox' ? [] : [{ channel: 'inbox', to: [] as readonly string[] }];
  const other = group?.subscriptions.find(({ channel }) => channel !== failed && channel !== 'inbox');
  return other ? [...inbox, { channel: other.channel, to: addressesOf(other) }] : inbox;
}

import type { NewEvent } from '../event-log/envelope.js';
import { readAll, type EventLog } from '../event-log/event-log.js';
import { decision } from '../event-log/statement.js';
import type { Instant } from '../shared/instant.js';
import { messageTable } from './views/messages/messages.entity.js';
import type { ViewStore } from '../store/view-store.adapter.js';
import { deliveryHistory } from './delivery-history.js';
import { messageSubject } from './message-address.js';
import { messageWithdrawn, notificationsSource } from './notifications.events.js';

const messagesPerAppend = 500;

/**
 * Says of all messages that still wait that they are not sent after all. Call it with the views caught up, and before anything
 * is delivered.
 * @returns how many there were
 */
export async function withdrawWaiting(
  { log, store }: { log: EventLog; store: ViewStore },
  now: Instant,
): Promise<number> {
  const waiting = await store.read.find(messageTable, { where: { state: 'waiting' }, order: { messageId: 'ASC' } });
  const events: NewEvent[] = [];
  for (const { group, messageId } of waiting) {
    const subject = messageSubject(group, messageId);
    const history = deliveryHistory(await readAll(log, { subject }));
    if (history.state !== 'open') continue;
    const { partitionkey, id: causationid } = history.decided;
    const about = { source: notificationsSource, subject, partitionkey, causationid, now };
    events.push(decision(messageWithdrawn, [messageId], { ...about, data: { messageId, because: 'restored' } }));
  }
  for (let from = 0; from < events.length; from += messagesPerAppend)
    await log.append(events.slice(from, from + messagesPerAppend));
  return events.length;
}

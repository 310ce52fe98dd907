import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../access/principal.js';
import { EVENT_LOG, type EventLog } from '../event-log/event-log.js';
import { fact } from '../event-log/statement.js';
import { WardroundError } from '../shared/errors.js';
import { decisionId } from '../shared/ids.js';
import type { Instant } from '../shared/instant.js';
import { findMessage } from './views/messages/messages.queries.js';
import { ViewStore } from '../store/view-store.adapter.js';
import { messageSubject, orderingKeyOf } from './message-address.js';
import { messageDismissed } from './notifications.events.js';

/** What people do with messages that could not be delivered. */
@Injectable()
export class Dismissals {
  constructor(
    @Inject(EVENT_LOG) private readonly log: Pick<EventLog, 'append'>,
    @Inject(ViewStore) private readonly store: Pick<ViewStore, 'read'>,
  ) {}

  /**
   * Says that a message which could not be delivered needs no more attention, nor do earlier ones to the same receivers. The
   * first word counts. One that is still tried continues being tried.
   * @throws WardroundError `not-found`, `conflict` if it was delivered
   */
  async dismiss(
    principal: Principal,
    messageId: string,
    { actor, note, now }: { readonly actor: string; readonly note: string; readonly now: Instant },
  ): Promise<void> {
    const message = await findMessage(principal, this.store.read, messageId);
    if (!message) throw new WardroundError('not-found', `there is no message "${messageId}"`);
    if (message.state === 'delivered') throw new WardroundError('conflict', 'this message was delivered');
    const { group, channel, about } = message;
    const partitionkey = orderingKeyOf(about);
    const event = fact(messageDismissed, {
      data: { messageId, group, channel, note },
      ...{ source: partitionkey, subject: messageSubject(group, messageId), partitionkey, actor, now },
    });
    // An id that follows from the message: of two people who press the button at once, the log keeps the first.
    await this.log.append([{ ...event, id: decisionId(event.type, messageId) }]);
  }
}

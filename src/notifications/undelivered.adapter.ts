import { channelKind } from './channel.kind.js';
import { recipientGroupKind } from './recipient-group.kind.js';
import type { EntityManager } from 'typeorm';
import type { Instant } from '../shared/instant.js';
import { definitionsOf } from '../definitions/definitions.queries.js';
import { newestSettled, unsettledMessages } from './views/messages/messages.queries.js';
import { groupsWithoutMailServer, isLate, receiversKey, undelivered, type Undelivered } from './undelivered.js';

/** What did not reach the people it was meant for. */
export interface DeliveryTroubles {
  readonly undelivered: readonly Undelivered[];
  /** What people call the groups that asked for e-mail while no mail server is configured. */
  readonly withoutMailServer: readonly string[];
}

/** Reads what did not reach people. The board, the API and the command line all ask here. */
export async function readDeliveryTroubles(read: EntityManager, now: Instant): Promise<DeliveryTroubles> {
  const groups = (await definitionsOf(read, recipientGroupKind)).map(({ definition }) => definition);
  const channels = await definitionsOf(read, channelKind);
  const late = (await unsettledMessages(read)).filter((message) => isLate(message, now));
  const settled = new Map<string, string>();
  for (const message of late) {
    const key = receiversKey(message);
    if (settled.has(key)) continue;
    settled.set(key, (await newestSettled(read, message)) ?? '');
  }
  return {
    undelivered: undelivered(late, settled, now),
    withoutMailServer: groupsWithoutMailServer(
      groups,
      channels.some(({ name }) => name === 'email'),
    ),
  };
}

import { may, type Principal } from '../access/principal.js';
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

/** Reads what did not reach people, for those who may read messages. The board, the API and the command line all ask here. */
export async function readDeliveryTroubles(
  principal: Principal,
  read: EntityManager,
  now: Instant,
): Promise<DeliveryTroubles> {
  if (!may(principal, 'read-messages')) return { undelivered: [], withoutMailServer: [] };
  const groups = (await definitionsOf(principal, read, recipientGroupKind)).map(({ definition }) => definition);
  const channels = await definitionsOf(principal, read, channelKind);
  const late = (await unsettledMessages(principal, read)).filter((message) => isLate(message, now));
  const settled = new Map<string, string>();
  for (const message of late) {
    const key = receiversKey(message);
    if (settled.has(key)) continue;
    settled.set(key, (await newestSettled(principal, read, message)) ?? '');
  }
  return {
    undelivered: undelivered(late, settled, now),
    withoutMailServer: groupsWithoutMailServer(
      groups,
      channels.some(({ name }) => name === 'email'),
    ),
  };
}

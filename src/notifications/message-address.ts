import { definitionsKey, serverKey } from '../shared/names.js';
import type { About } from './notifications.events.js';

/** The subject of every event about one message. */
export function messageSubject(group: string, messageId: string): string {
  return `/recipient-groups/${group}/messages/${messageId}`;
}

/** Where a person's word on a message is ordered: with the server that the message is about first. */
export function orderingKeyOf(about: readonly About[]): string {
  const { site, server } = about[0]?.ref ?? {};
  return site === undefined || server === undefined ? definitionsKey : serverKey(site, server);
}

import type { EntityManager } from 'typeorm';
import { newestFirst, type TimeKey } from '../newest-first.adapter.js';
import type { Page, PageRequest } from '../page.js';
import { messageTable, type MessageRow } from './messages.entity.js';

export interface MessageFilter {
  readonly state?: MessageRow['state'];
  /** The channel that carried it. */
  readonly deliveredBy?: string;
}

export function listMessages(
  read: EntityManager,
  filter: MessageFilter,
  page: PageRequest<TimeKey>,
): Promise<Page<MessageRow, TimeKey>> {
  return newestFirst(read, messageTable, { time: 'decidedAt', id: 'messageId' }, page, (query) => {
    if (filter.state) query.andWhere('row.state = :state', { state: filter.state });
    if (filter.deliveredBy) query.andWhere('row.deliveredBy = :by', { by: filter.deliveredBy });
  });
}

export function findMessage(read: EntityManager, messageId: string): Promise<MessageRow | null> {
  return read.findOne(messageTable, { where: { messageId } });
}

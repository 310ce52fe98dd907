import { In, IsNull, type EntityManager } from 'typeorm';
import { newestFirst, type TimeKey } from '../../../store/newest-first.adapter.js';
import { readableAbout } from '../../older-messages.js';
import type { Page, PageRequest } from '../../../store/page.js';
import { messageTable, type MessageRow } from './messages.entity.js';

export interface MessageFilter {
  readonly state?: MessageRow['state'];
  /** The channel that carried it. */
  readonly deliveredBy?: string;
}

export async function listMessages(
  read: EntityManager,
  filter: MessageFilter,
  page: PageRequest<TimeKey>,
): Promise<Page<MessageRow, TimeKey>> {
  const found = await newestFirst(read, messageTable, { time: 'decidedAt', id: 'messageId' }, page, (query) => {
    if (filter.state) query.andWhere('row.state = :state', { state: filter.state });
    if (filter.deliveredBy) query.andWhere('row.deliveredBy = :by', { by: filter.deliveredBy });
  });
  return { ...found, items: found.items.map(readable) };
}

export async function findMessage(read: EntityManager, messageId: string): Promise<MessageRow | null> {
  const found = await read.findOne(messageTable, { where: { messageId } });
  return found && readable(found);
}

function readable(row: MessageRow): MessageRow {
  return { ...row, about: readableAbout(row.about) };
}

/** More than this many say the same: the newest count. */
const mostUnsettled = 1000;

/** Messages that were not delivered and that nobody has dismissed, newest first. */
export function unsettledMessages(read: EntityManager): Promise<MessageRow[]> {
  return read.find(messageTable, {
    where: { state: In(['waiting', 'failed']), dismissedAt: IsNull() },
    order: { decidedAt: 'DESC', messageId: 'DESC' },
    take: mostUnsettled,
  });
}

/** When the newest message to the same receivers was decided that its own channel delivered, or that a person dismissed. */
export async function newestSettled(
  read: EntityManager,
  { group, channel, to }: Pick<MessageRow, 'group' | 'channel' | 'to'>,
): Promise<string | null> {
  const found = await read
    .createQueryBuilder(messageTable, 'row')
    .where('row.group = :group AND row.channel = :channel AND row.to = :to', { group, channel, to: JSON.stringify(to) })
    .andWhere('(row.deliveredBy = :channel OR row.dismissedAt IS NOT NULL)')
    .orderBy('row.decidedAt', 'DESC')
    .limit(1)
    .getOne();
  return found?.decidedAt ?? null;
}

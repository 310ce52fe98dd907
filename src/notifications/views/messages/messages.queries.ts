import { seesEverything, type Principal } from '../../../access/principal.js';
import { In, IsNull, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { newestFirst, type TimeKey } from '../../../store/newest-first.adapter.js';
import { readableAbout } from '../../older-messages.js';
import { pageOfKept, type Page, type PageRequest } from '../../../store/page.js';
import { seesMessage, sitesSeen } from '../../message-scope.js';
import { messageTable, type MessageRow } from './messages.entity.js';

export interface MessageFilter {
  readonly state?: MessageRow['state'];
  /** The channel that carried it. */
  readonly deliveredBy?: string;
}

export function listMessages(
  principal: Principal,
  read: EntityManager,
  filter: MessageFilter,
  page: PageRequest<TimeKey>,
): Promise<Page<MessageRow, TimeKey>> {
  const narrow = (query: SelectQueryBuilder<MessageRow>) => {
    narrowToSites(query, principal);
    if (filter.state) query.andWhere('row.state = :state', { state: filter.state });
    if (filter.deliveredBy) query.andWhere('row.deliveredBy = :by', { by: filter.deliveredBy });
  };
  const load = async (part: PageRequest<TimeKey>) => {
    const found = await newestFirst(read, messageTable, byTime, part, narrow);
    return { ...found, items: found.items.map(readable) };
  };
  const keyOf = ({ decidedAt, messageId }: MessageRow) => ({ time: decidedAt, id: messageId });
  return pageOfKept(load, ({ about }) => seesMessage(principal, about), keyOf, page);
}

export async function findMessage(
  principal: Principal,
  read: EntityManager,
  messageId: string,
): Promise<MessageRow | null> {
  const found = await read.findOne(messageTable, { where: { messageId } });
  const message = found && readable(found);
  return message && seesMessage(principal, message.about) ? message : null;
}

const byTime = { time: 'decidedAt', id: 'messageId' } as const;

/** Leaves out at once what cannot be seen: what a message is about is one text, which tells the rest only when it is read. */
function narrowToSites(query: SelectQueryBuilder<MessageRow>, principal: Principal): void {
  const sites = sitesSeen(principal);
  if (sites === null) return;
  const conditions = sites.map((_site, index) => `row.about LIKE :scopeSite${index}`);
  const parameters = sites.map((site, index): [string, string] => [`scopeSite${index}`, `%"site":"${site}"%`]);
  query.andWhere(`(${conditions.join(' OR ') || '1 = 0'})`, Object.fromEntries(parameters));
}

function readable(row: MessageRow): MessageRow {
  return { ...row, about: readableAbout(row.about) };
}

/** More than this many say the same: the newest count. */
const mostUnsettled = 1000;

/** Messages that were not delivered and that no one has dismissed, newest first. */
export async function unsettledMessages(principal: Principal, read: EntityManager): Promise<MessageRow[]> {
  const found = await read.find(messageTable, {
    where: { state: In(['waiting', 'failed']), dismissedAt: IsNull() },
    order: { decidedAt: 'DESC', messageId: 'DESC' },
    take: mostUnsettled,
  });
  return found.map(readable).filter(({ about }) => seesMessage(principal, about));
}

/** When the newest message to the same receivers was decided that its own channel delivered, or that a person dismissed. */
export async function newestSettled(
  principal: Principal,
  read: EntityManager,
  { group, channel, to }: Pick<MessageRow, 'group' | 'channel' | 'to'>,
): Promise<string | null> {
  const query = read
    .createQueryBuilder(messageTable, 'row')
    .where('row.group = :group AND row.channel = :channel AND row.to = :to', { group, channel, to: JSON.stringify(to) })
    .andWhere('(row.deliveredBy = :channel OR row.dismissedAt IS NOT NULL)')
    .orderBy('row.decidedAt', 'DESC')
    .limit(seesEverything(principal) ? 1 : mostUnsettled);
  const found = (await query.getMany()).map(readable).find(({ about }) => seesMessage(principal, about));
  return found?.decidedAt ?? null;
}

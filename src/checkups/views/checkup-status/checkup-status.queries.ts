import { sees, type Principal } from '../../../access/principal.js';
import { MoreThanOrEqual, type EntityManager } from 'typeorm';
import { queryInScope } from '../../../store/in-scope.adapter.js';
import { newestFirst, type TimeKey } from '../../../store/newest-first.adapter.js';
import type { Page, PageRequest } from '../../../store/page.js';
import {
  checkupResultTable,
  checkupStatusTable,
  type CheckupResultRow,
  type CheckupStatusRow,
} from './checkup-status.entity.js';

/** The newest result of every check-up that has one. */
export function checkupStatuses(principal: Principal, read: EntityManager): Promise<CheckupStatusRow[]> {
  return queryInScope(principal, read, checkupStatusTable, { order: { id: 'ASC' } }).getMany();
}

export function findCheckupStatus(
  principal: Principal,
  read: EntityManager,
  id: string,
): Promise<CheckupStatusRow | null> {
  return queryInScope(principal, read, checkupStatusTable, { where: { id } }).getOne();
}

/** Results of one check-up, newest first. */
export function checkupHistory(
  principal: Principal,
  read: EntityManager,
  checkupId: string,
  page: PageRequest<TimeKey>,
): Promise<Page<CheckupResultRow, TimeKey>> {
  return newestFirst(read, checkupResultTable, { time: 'time', id: 'eventId' }, page, (query) => {
    query.andWhere('row.checkupId = :checkupId', { checkupId });
    if (!seesCheckup(principal, checkupId)) query.andWhere('1 = 0');
  });
}

/** A chart takes so many results: one every five seconds, for a day. A probe may send any number. */
const mostResults = 17_280;

/** The newest results of one check-up since a moment (RFC 3339), oldest first: for its chart. */
export async function checkupResultsSince(
  principal: Principal,
  read: EntityManager,
  checkupId: string,
  since: string,
): Promise<CheckupResultRow[]> {
  if (!seesCheckup(principal, checkupId)) return [];
  const rows = await read.find(checkupResultTable, {
    where: { checkupId, time: MoreThanOrEqual(since) },
    order: { time: 'DESC', eventId: 'DESC' },
    take: mostResults,
  });
  return rows.reverse();
}

/** Results have no columns for their server: the id of a check-up begins with it, `<site>.<server>.<checkup>`, and no name has a dot. */
function seesCheckup(principal: Principal, checkupId: string): boolean {
  const [site = '', server = ''] = checkupId.split('.');
  return sees(principal, { site, server });
}

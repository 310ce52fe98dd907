import { MoreThanOrEqual, type EntityManager } from 'typeorm';
import { newestFirst, type TimeKey } from '../../../store/newest-first.adapter.js';
import type { Page, PageRequest } from '../../../store/page.js';
import {
  checkupResultTable,
  checkupStatusTable,
  type CheckupResultRow,
  type CheckupStatusRow,
} from './checkup-status.entity.js';

/** The newest result of every check-up that has one. */
export function checkupStatuses(read: EntityManager): Promise<CheckupStatusRow[]> {
  return read.find(checkupStatusTable, { order: { id: 'ASC' } });
}

export function findCheckupStatus(read: EntityManager, id: string): Promise<CheckupStatusRow | null> {
  return read.findOne(checkupStatusTable, { where: { id } });
}

/** Results of one check-up, newest first. */
export function checkupHistory(
  read: EntityManager,
  checkupId: string,
  page: PageRequest<TimeKey>,
): Promise<Page<CheckupResultRow, TimeKey>> {
  return newestFirst(read, checkupResultTable, { time: 'time', id: 'eventId' }, page, (query) => {
    query.andWhere('row.checkupId = :checkupId', { checkupId });
  });
}

/** A chart takes so many results: one every five seconds, for a day. A probe may send any number. */
const mostResults = 17_280;

/** The newest results of one check-up since a moment (RFC 3339), oldest first: for its chart. */
export async function checkupResultsSince(
  read: EntityManager,
  checkupId: string,
  since: string,
): Promise<CheckupResultRow[]> {
  const rows = await read.find(checkupResultTable, {
    where: { checkupId, time: MoreThanOrEqual(since) },
    order: { time: 'DESC', eventId: 'DESC' },
    take: mostResults,
  });
  return rows.reverse();
}

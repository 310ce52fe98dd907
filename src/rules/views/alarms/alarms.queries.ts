import { IsNull, type EntityManager } from 'typeorm';
import { newestFirst, type TimeKey } from '../../../store/newest-first.adapter.js';
import type { Page, PageRequest } from '../../../store/page.js';
import { alarmTable, type AlarmRow } from './alarms.entity.js';

export function listAlarms(
  read: EntityManager,
  filter: { readonly open?: boolean },
  page: PageRequest<TimeKey>,
): Promise<Page<AlarmRow, TimeKey>> {
  return newestFirst(read, alarmTable, { time: 'raisedAt', id: 'alarmId' }, page, (query) => {
    if (filter.open === true) query.andWhere('row.clearedAt IS NULL');
    if (filter.open === false) query.andWhere('row.clearedAt IS NOT NULL');
  });
}

export function findAlarm(read: EntityManager, alarmId: string): Promise<AlarmRow | null> {
  return read.findOne(alarmTable, { where: { alarmId } });
}

/** All alarms that have not been cleared, newest first. */
export function openAlarms(read: EntityManager): Promise<AlarmRow[]> {
  return read.find(alarmTable, { where: { clearedAt: IsNull() }, order: { raisedAt: 'DESC', alarmId: 'DESC' } });
}

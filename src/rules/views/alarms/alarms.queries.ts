import type { Principal } from '../../../access/principal.js';
import { IsNull, type EntityManager } from 'typeorm';
import { narrowToScope, queryInScope } from '../../../store/in-scope.adapter.js';
import type { AddressFilter } from '../../../shared/address-filter.js';
import { narrowToAddress } from '../../../store/narrow-to-address.adapter.js';
import { newestFirst, type TimeKey } from '../../../store/newest-first.adapter.js';
import type { Page, PageRequest } from '../../../store/page.js';
import { alarmTable, type AlarmRow } from './alarms.entity.js';

/** `name`: of the job or check-up that an alarm is about. */
export interface AlarmFilter extends AddressFilter {
  readonly open?: boolean | undefined;
  readonly subjectKind?: AlarmRow['subjectKind'] | undefined;
}

export function listAlarms(
  principal: Principal,
  read: EntityManager,
  filter: AlarmFilter,
  page: PageRequest<TimeKey>,
): Promise<Page<AlarmRow, TimeKey>> {
  return newestFirst(read, alarmTable, { time: 'raisedAt', id: 'alarmId' }, page, (query) => {
    narrowToScope(query, principal, 'row');
    narrowToAddress(query, filter, 'subjectName');
    if (filter.subjectKind) query.andWhere('row.subjectKind = :kind', { kind: filter.subjectKind });
    if (filter.open === true) query.andWhere('row.clearedAt IS NULL');
    if (filter.open === false) query.andWhere('row.clearedAt IS NOT NULL');
  });
}

export function findAlarm(principal: Principal, read: EntityManager, alarmId: string): Promise<AlarmRow | null> {
  return queryInScope(principal, read, alarmTable, { where: { alarmId } }).getOne();
}

/** All alarms that have not been cleared, newest first. */
export function openAlarms(principal: Principal, read: EntityManager): Promise<AlarmRow[]> {
  const order = { raisedAt: 'DESC', alarmId: 'DESC' } as const;
  return queryInScope(principal, read, alarmTable, { where: { clearedAt: IsNull() }, order }).getMany();
}

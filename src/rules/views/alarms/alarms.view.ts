import { foldRows } from '../../../folding/fold-rows.adapter.js';
import type { Projection } from '../../../folding/projection.js';
import type { ViewTransaction } from '../../../store/view-store.adapter.js';
import { alarmTable } from './alarms.entity.js';
import { alarmEventTypes, foldAlarm } from './alarms.fold.js';

/** Alarms, open and past. */
export const alarmsView: Projection<ViewTransaction, (typeof alarmEventTypes)[number]> = {
  name: 'alarms',
  version: 2,
  types: alarmEventTypes,
  tables: [alarmTable.options.name],
  async project(recorded, tx) {
    const events = recorded.map(({ event }) => event);
    await foldRows(tx, alarmTable, 'alarmId', events, ({ data }) => data.alarmId, foldAlarm);
  },
};

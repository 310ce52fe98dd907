import { defineView, foldedTable } from '../../../folding/view.adapter.js';
import { alarmTable } from './alarms.entity.js';
import { alarmEventTypes, foldAlarm } from './alarms.fold.js';

/** Alarms, open and past. */
export const alarmsView = defineView({
  name: 'alarms',
  version: 2,
  tables: [
    foldedTable(alarmTable, {
      events: alarmEventTypes,
      key: ({ data }) => ({ alarmId: data.alarmId }),
      fold: foldAlarm,
    }),
  ],
});

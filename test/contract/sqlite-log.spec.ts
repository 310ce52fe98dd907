import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSqliteLog } from '../../src/event-log/sqlite/sqlite-log.adapter.js';
import { systemClock } from '../../src/shared/clock.adapter.js';
import { describeEventLog } from './event-log.contract.js';

describeEventLog('SQLite', {
  open: (folder, eventTypes) => openSqliteLog({ file: join(folder, 'events.db'), clock: systemClock, eventTypes }),
  ordersAll: true,
  tellsRepeats: true,
  module: fileURLToPath(new URL('./sqlite-log.engine.mjs', import.meta.url)),
});

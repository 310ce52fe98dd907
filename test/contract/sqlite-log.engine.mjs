// How the appender opens a log on SQLite: from the build, as its own process does.
import { join } from 'node:path';
import { eventTypes } from '../../dist/src/capabilities.js';
import { openSqliteLog } from '../../dist/src/event-log/sqlite/sqlite-log.adapter.js';
import { systemClock } from '../../dist/src/shared/clock.adapter.js';

export function openLog(place) {
  return openSqliteLog({ file: join(place, 'events.db'), clock: systemClock, eventTypes });
}

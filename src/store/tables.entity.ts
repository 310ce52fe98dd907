import { alarmTable } from '../rules/views/alarms/alarms.entity.js';
import {
  checkpointTable,
  deciderStateTable,
  deliveryClaimTable,
  outboxTable,
  silenceTable,
  viewVersionTable,
} from './bookkeeping.entity.js';
import { checkupResultTable, checkupStatusTable } from '../checkups/views/checkup-status/checkup-status.entity.js';
import { definitionTable } from '../definitions/definitions.entity.js';
import { messageTable } from '../notifications/views/messages/messages.entity.js';
import { discardedEventTable, parkedEventTable } from '../folding/parked/parked.entity.js';
import { protocolLineTable, runTable } from '../backups/views/runs/runs.entity.js';
import { snapshotTable } from '../backups/views/snapshots/snapshots.entity.js';

/** The tables that are folded from events: they can be deleted and rebuilt. */
export const viewTables = [
  definitionTable,
  checkupStatusTable,
  checkupResultTable,
  runTable,
  protocolLineTable,
  snapshotTable,
  alarmTable,
  messageTable,
];

/** Every table of the views' database. */
export const allTables = [
  ...viewTables,
  checkpointTable,
  silenceTable,
  viewVersionTable,
  outboxTable,
  deciderStateTable,
  deliveryClaimTable,
  parkedEventTable,
  discardedEventTable,
];

import { alarmTable } from './alarms/alarms.entity.js';
import {
  checkpointTable,
  deciderStateTable,
  deliveryClaimTable,
  outboxTable,
  silenceTable,
  viewVersionTable,
} from './bookkeeping.entity.js';
import { clockJumpTable } from './clock/clock-jumps.entity.js';
import { checkupResultTable, checkupStatusTable } from './checkup-status/checkup-status.entity.js';
import { definitionTable } from './definitions/definitions.entity.js';
import { messageTable } from './messages/messages.entity.js';
import { discardedEventTable, parkedEventTable } from './parked/parked.entity.js';
import { protocolLineTable, runTable } from './runs/runs.entity.js';
import { snapshotTable } from './snapshots/snapshots.entity.js';

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
  clockJumpTable,
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

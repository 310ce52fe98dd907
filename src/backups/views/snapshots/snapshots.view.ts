import { defineView, foldedTable } from '../../../folding/view.adapter.js';
import { backupVerified, snapshotRemoved } from '../../backups.events.js';
import { snapshotTable } from './snapshots.entity.js';
import { foldSnapshot, snapshotKey } from './snapshots.fold.js';

/** The snapshots that exist: verified, and not removed. */
export const snapshotsView = defineView({
  name: 'snapshots',
  version: 2,
  tables: [
    foldedTable(snapshotTable, { events: [backupVerified, snapshotRemoved], key: snapshotKey, fold: foldSnapshot }),
  ],
});

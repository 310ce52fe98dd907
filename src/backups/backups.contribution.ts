import { contribution } from '../definitions/contribution.js';
import { backupJobKind } from './backup-job.kind.js';
import { backupEvents } from './backups.events.js';
import { backupSayings } from './backups.sayings.js';
import { runsView } from './views/runs/runs.view.js';
import { snapshotsView } from './views/snapshots/snapshots.view.js';

export const backups = contribution({
  name: 'backups',
  events: backupEvents,
  sayings: backupSayings,
  kinds: [backupJobKind],
  views: [runsView, snapshotsView],
});

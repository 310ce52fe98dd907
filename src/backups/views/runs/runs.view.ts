import { addedTable, defineView, foldedTable } from '../../../folding/view.adapter.js';
import { backupLogged } from '../../backups.events.js';
import { protocolLineTable, runTable } from './runs.entity.js';
import { foldRun, runEventTypes } from './runs.fold.js';

/** Runs of backup jobs with their progress, outcome and protocol. */
export const runsView = defineView({
  name: 'runs',
  version: 2,
  tables: [
    foldedTable(runTable, { events: runEventTypes, key: ({ data }) => ({ runId: data.runId }), fold: foldRun }),
    addedTable(protocolLineTable, {
      events: [backupLogged],
      rows: ({ data }) => data.lines.map((line) => ({ runId: data.runId, ...line })),
    }),
  ],
});

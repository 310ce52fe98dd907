import { addedTable, defineView, foldedTable } from '../../../folding/view.adapter.js';
import { checkupCompleted, checkupRetired } from '../../checkups.events.js';
import { checkupResultTable, checkupStatusTable } from './checkup-status.entity.js';
import { checkupId, checkupResult, foldCheckupStatus } from './checkup-status.fold.js';

/** The newest result of each check-up, and all results for its history. */
export const checkupStatusView = defineView({
  name: 'checkup-status',
  version: 2,
  tables: [
    foldedTable(checkupStatusTable, {
      events: [checkupCompleted, checkupRetired],
      key: ({ data }) => ({ id: checkupId(data) }),
      fold: foldCheckupStatus,
    }),
    addedTable(checkupResultTable, { events: [checkupCompleted], rows: (event) => [checkupResult(event)] }),
  ],
});

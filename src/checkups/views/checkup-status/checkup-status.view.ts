import type { EventOfType } from '../../../all.events.js';
import { together } from '../../../shared/together.js';
import { foldRows } from '../../../folding/fold-rows.adapter.js';
import type { Projection } from '../../../folding/projection.js';
import { upsert } from '../../../store/upsert.adapter.js';
import type { ViewTransaction } from '../../../store/view-store.adapter.js';
import { checkupResultTable, checkupStatusTable } from './checkup-status.entity.js';
import { checkupId, checkupResult, foldCheckupStatus } from './checkup-status.fold.js';

const types = ['checkup.completed', 'checkup.retired'] as const;

/** The newest result of each check-up, and all results for its history. */
export const checkupStatusView: Projection<ViewTransaction, (typeof types)[number]> = {
  name: 'checkup-status',
  version: 2,
  types,
  tables: [checkupStatusTable.options.name, checkupResultTable.options.name],
  async project(recorded, tx) {
    const events = recorded.map(({ event }) => event);
    const completed = events.filter(
      (event): event is EventOfType<'checkup.completed'> => event.type === 'checkup.completed',
    );
    await together([
      foldRows(tx, checkupStatusTable, 'id', events, ({ data }) => checkupId(data), foldCheckupStatus),
      upsert(tx, checkupResultTable, completed.map(checkupResult)),
    ]);
  },
};

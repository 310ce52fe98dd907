import { isOneOf, type EventOfType } from '../../../all.events.js';
import type { Recorded } from '../../../event-log/envelope.js';
import { together } from '../../../shared/together.js';
import { foldRows } from '../../../folding/fold-rows.adapter.js';
import type { Projection } from '../../../folding/projection.js';
import { upsert } from '../../../store/upsert.adapter.js';
import type { ViewTransaction } from '../../../store/view-store.adapter.js';
import { protocolLineTable, runTable } from './runs.entity.js';
import { foldRun, runEventTypes, type RunEvent } from './runs.fold.js';

const types = [...runEventTypes, 'backup.logged'] as const;

/** Runs of backup jobs with their progress, outcome and protocol. */
export const runsView: Projection<ViewTransaction, (typeof types)[number]> = {
  name: 'runs',
  version: 2,
  types,
  tables: [runTable.options.name, protocolLineTable.options.name],
  async project(recorded, tx) {
    const events = recorded.map(({ event }) => event);
    const ofRuns = recorded.filter((one): one is Recorded<RunEvent> => isOneOf(one.event, runEventTypes));
    const logged = events.filter((event): event is EventOfType<'backup.logged'> => event.type === 'backup.logged');
    const lines = logged.flatMap(({ data }) => data.lines.map((line) => ({ runId: data.runId, ...line })));
    await together([
      foldRows(
        ...([tx, runTable, 'runId', ofRuns] as const),
        ({ event }) => event.data.runId,
        (run, { event, position }) => foldRun(run, event, position.offset),
      ),
      upsert(tx, protocolLineTable, lines),
    ]);
  },
};

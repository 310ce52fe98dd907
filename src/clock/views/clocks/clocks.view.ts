import { defineView, foldedTable } from '../../../folding/view.adapter.js';
import { clockEvents } from '../../clock.events.js';
import { clockTable } from './clocks.entity.js';
import { foldClock } from './clocks.fold.js';

/** The clocks of installations, with the jumps that keep retention waiting. */
export const clocksView = defineView({
  name: 'clocks',
  version: 1,
  tables: [
    foldedTable(clockTable, {
      events: clockEvents,
      key: ({ data }) => ({ installation: data.installation }),
      fold: foldClock,
    }),
  ],
});

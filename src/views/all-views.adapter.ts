import { isOneOf, type EventOfType, type EventType } from '../all.events.js';
import type { Recorded } from '../event-log/envelope.js';
import { alarmsView } from './alarms/alarms.view.adapter.js';
import { checkupStatusView } from './checkup-status/checkup-status.view.adapter.js';
import { clockView } from './clock/clock-jumps.view.adapter.js';
import { definitionsView } from './definitions/definitions.view.adapter.js';
import { messagesView } from './messages/messages.view.adapter.js';
import type { Projection } from './projection.js';
import { runsView } from './runs/runs.view.adapter.js';
import { snapshotsView } from './snapshots/snapshots.view.adapter.js';
import type { ViewTransaction } from './view-store.adapter.js';

/** Every view there is. */
export const allViews: readonly View[] = [
  asView(definitionsView),
  asView(checkupStatusView),
  asView(runsView),
  asView(snapshotsView),
  asView(alarmsView),
  asView(messagesView),
  asView(clockView),
];

/** A projection that picks its own events out of a batch of any. */
export interface View {
  readonly name: string;
  readonly version: number;
  readonly types: readonly EventType[];
  readonly tables: readonly string[];
  /** @returns whether the batch held any of its events */
  project(batch: readonly Recorded[], tx: ViewTransaction): Promise<boolean>;
}

function asView<Type extends EventType>(projection: Projection<ViewTransaction, Type>): View {
  const { name, version, types, tables } = projection;
  // The log hands over events as their types' schemas state them: they were checked when they were appended.
  const isOwn = (recorded: Recorded): recorded is Recorded<EventOfType<Type>> => isOneOf(recorded.event, types);
  return {
    name,
    version,
    types,
    tables,
    async project(batch, tx) {
      const own = batch.filter(isOwn);
      if (own.length > 0) await projection.project(own, tx);
      return own.length > 0;
    },
  };
}

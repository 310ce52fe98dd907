import { backups } from './backups/backups.contribution.js';
import { checkups } from './checkups/checkups.contribution.js';
import { clock } from './clock/clock.contribution.js';
import { contribution } from './definitions/contribution.js';
import { definitionsView } from './definitions/definitions.view.js';
import type { Event } from './event-log/envelope.js';
import { installationSayings, parkingSayings } from './event-log/event-log.sayings.js';
import { EventTypes, type EventOf } from './event-log/event-types.js';
import { installationEvents } from './event-log/installation.events.js';
import { parkingEvents } from './event-log/parking.events.js';
import type { Saying } from './event-log/saying.js';
import { discardedEventTable, parkedEventTable } from './folding/parked/parked.entity.js';
import type { View } from './folding/view.adapter.js';
import { notifications } from './notifications/notifications.contribution.js';
import { rules } from './rules/rules.contribution.js';
import { servers } from './servers/servers.contribution.js';

const installation = contribution({ name: 'installation', events: installationEvents, sayings: installationSayings });
const parking = contribution({
  name: 'parking',
  events: parkingEvents,
  sayings: parkingSayings,
  tables: [parkedEventTable, discardedEventTable],
});

/** All capabilities, and the only list of them. Definitions are applied in this order. */
export const capabilities = [servers, checkups, backups, rules, notifications, parking, installation, clock] as const;

/** Every type of event there is, for the log, the API and the command line. */
export type AnyEvent = EventOf<(typeof capabilities)[number]['events'][number]>;
export const eventTypes = new EventTypes(capabilities.flatMap(({ events }) => [...events]));

const sayings = new Map<string, (event: never) => Saying>(
  capabilities.flatMap(({ sayings: own }) => Object.entries(own)),
);

/** An event in a few words; null if this program does not know its type, or its data are of another shape. */
export function sayingOfEvent(event: Pick<Event, 'type' | 'data'>): Saying | null {
  const isKnown = eventTypes.all.find(({ type }) => type === event.type)?.data.safeParse(event.data).success;
  // The sayings of a type take its data, which have just been checked.
  return isKnown === true ? (sayings.get(event.type)?.(event as never) ?? null) : null;
}

/** All that can be defined. */
export const allKinds = capabilities.flatMap(({ kinds = [] }) => kinds);

/** What a file may state, in the order in which it is checked. */
export const allSections = allKinds.flatMap(({ sections }) => sections);

export const allViews: readonly View[] = [
  definitionsView(allKinds),
  ...capabilities.flatMap(({ views: own = [] }) => own),
];

/** The tables that are folded from events: they can be deleted and rebuilt. */
export const viewTables = allViews.flatMap(({ tables }) => tables.map(({ entity }) => entity));

/** Every table of the views' database but the store's own. */
export const allTables = [...viewTables, ...capabilities.flatMap(({ tables: own = [] }) => own)];

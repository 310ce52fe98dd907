import { backupEvents } from './backups/backups.events.js';
import { checkupEvents } from './checkups/checkups.events.js';
import { clockEvents } from './clock/clock.events.js';
import { EventTypes, type EventOf } from './event-log/event-types.js';
import { parkingEvents } from './event-log/parking.events.js';
import { notificationEvents } from './notifications/notifications.events.js';
import { installationEvents } from './event-log/installation.events.js';
import { ruleEvents } from './rules/rules.events.js';
import { serverEvents } from './servers/servers.events.js';

/** Every type of event there is. */
const allEvents = [
  ...serverEvents,
  ...backupEvents,
  ...checkupEvents,
  ...ruleEvents,
  ...notificationEvents,
  ...parkingEvents,
  ...installationEvents,
  ...clockEvents,
] as const;

export type AnyEvent = EventOf<(typeof allEvents)[number]>;
export type EventType = AnyEvent['type'];
export type EventOfType<Type extends EventType> = Extract<AnyEvent, { type: Type }>;

export const eventTypes = new EventTypes(allEvents);

/** Narrows an event of the log: what stands there was checked when it was appended. */
export function isOneOf<Type extends EventType>(
  event: { readonly type: string },
  types: readonly Type[],
): event is EventOfType<Type> {
  return types.some((type) => type === event.type);
}

import { isOneOf, type EventOf } from '../event-log/event-types.js';
import { alarmRaised, alarmAcknowledged, alarmCleared } from '../rules/rules.events.js';
import type { Event } from '../event-log/envelope.js';

/** The types of event that a message about an alarm is made of. */
export const alarmEventTypes = [alarmRaised, alarmAcknowledged, alarmCleared] as const;

/** What the log says of one alarm, and what people call the things that it is about. */
export interface AlarmRecord {
  readonly raised: EventOf<typeof alarmRaised>;
  readonly acknowledged: EventOf<typeof alarmAcknowledged> | null;
  /** Null while it is open. */
  readonly cleared: EventOf<typeof alarmCleared> | null;
  readonly serverTitle: string;
  /** Of the job or check-up; empty for an alarm about the whole server. */
  readonly subjectTitle: string;
}

/** What the events of one alarm say together; null while it is not in the log. */
export function alarmRecord(events: readonly Event[]): Omit<AlarmRecord, 'serverTitle' | 'subjectTitle'> | null {
  const known = events.filter((event) => isOneOf(event, alarmEventTypes));
  const raised = known.find((event) => event.type === 'alarm.raised');
  if (!raised) return null;
  return {
    raised,
    acknowledged: known.find((event) => event.type === 'alarm.acknowledged') ?? null,
    cleared: known.find((event) => event.type === 'alarm.cleared') ?? null,
  };
}

import { WardroundError, describeError } from '../shared/errors.js';
import { canonicalIso } from '../shared/instant.js';
import { decisionSources, type Event, type NewEvent } from './envelope.js';
import type { EventTypes } from './event-types.js';

const faultsTold = 20;

/**
 * What `make` makes of each event, if all are right.
 * @throws WardroundError `event-invalid`, with what is wrong with which, if one is not right or `make` throws at it
 */
export function checkedEach<Made>(
  events: readonly NewEvent[],
  eventTypes: EventTypes,
  make: (event: NewEvent) => Made,
): readonly Made[] {
  const made: Made[] = [];
  const faults: string[] = [];
  events.forEach((event, index) => {
    const tell = (fault: string) => faults.push(`event ${index + 1} of ${events.length} (${event.type}): ${fault}`);
    try {
      const wrong = eventTypes.faultsOf(event);
      if (wrong.length === 0) made.push(make(event));
      wrong.forEach(tell);
    } catch (error) {
      // An upcast met data that is not of its version, or the data is such as JSON cannot say.
      tell(`data: ${describeError(error)}`);
    }
  });
  if (faults.length > 0) throw new WardroundError('event-invalid', faults.slice(0, faultsTold).join('; '));
  return made;
}

/**
 * The event as every log gives it back: times to the millisecond, and with the time of its first recording.
 * @param recordedtime now, for one that comes without
 */
export function asRecordedAt(event: NewEvent, recordedtime: string): Event {
  return {
    ...event,
    time: canonicalIso(event.time),
    recordedtime: canonicalIso(event.recordedtime ?? recordedtime),
  };
}

/** Facts are counted per source; decisions are not. */
export function isDecision({ source }: Pick<Event, 'source'>): boolean {
  return source.startsWith(decisionSources);
}

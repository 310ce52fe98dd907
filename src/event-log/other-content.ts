import { WardroundError } from '../shared/errors.js';
import type { Event } from './envelope.js';

/** Of an event that is stored already, and not as it comes now. */
export function otherContent({ source, id }: Pick<Event, 'source' | 'id'>): WardroundError {
  return new WardroundError(
    'conflict',
    `the event "${id.slice(0, 60)}" of ${source} is already stored with different content; nothing was stored`,
    'Use a unique id for each event, and send the same event again only unchanged',
  );
}

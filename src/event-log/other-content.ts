import { WardroundError } from '../shared/errors.js';
import type { Event } from './envelope.js';

/** Of an event that is stored already, and not as it comes now. */
export function otherContent({ source, id }: Pick<Event, 'source' | 'id'>): WardroundError {
  return new WardroundError(
    'conflict',
    `the event "${id.slice(0, 60)}" of ${source} is stored already, with other content; nothing was stored`,
    'Give each fact an id of its own; send the same fact again only as it was',
  );
}

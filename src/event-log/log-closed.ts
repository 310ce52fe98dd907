import { WardroundError } from '../shared/errors.js';

/** What any engine says of a log that is closed, or is closing. */
export function logClosed(): WardroundError {
  return new WardroundError('log-closed', 'the event log is closed');
}

import type { checkupCompleted } from '../../checkups/checkups.events.js';
import type { EventOf } from '../../event-log/event-types.js';

/** Runs check-ups on demand. */
export interface Checkups {
  /**
   * Runs one now and resolves with its result, once that is in the log.
   * @param id `<site>.<server>.<checkup>`
   * @throws WardroundError `not-found`
   */
  runNow(id: string, actor: string): Promise<EventOf<typeof checkupCompleted>['data']>;
}

/** The injection token. */
export const CHECKUPS = Symbol('Checkups');

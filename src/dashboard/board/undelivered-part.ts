import type { Ward } from '../../ward/ward.js';
import { count, moment, type Count, type Here, type Moment } from '../humanise.js';

/** A group that could not be told, as the board shows it. */
export interface UndeliveredCard {
  readonly messageId: string;
  readonly group: string;
  readonly channel: string;
  /** The addresses; empty where the channel needs none. */
  readonly to: string;
  readonly messages: Count;
  readonly since: Moment;
  /** Empty where nothing was tried yet. */
  readonly error: string;
  readonly gaveUp: boolean;
}

export function undeliveredPart({ delivery }: Ward, here: Here): { readonly undelivered: readonly UndeliveredCard[] } {
  return {
    undelivered: delivery.undelivered.map(({ messageId, group, channel, to, messages, since, error, gaveUp }) => ({
      ...{ messageId, group, channel, to: to.join(', '), messages: count(messages, here) },
      ...{ since: moment(since, here), error: error ?? '', gaveUp },
    })),
  };
}

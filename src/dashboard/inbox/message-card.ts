import { allOccasions } from '../../notifications/occasions/all-occasions.js';
import { runAbout } from '../../notifications/occasions/finished-run/run-about.js';
import type { MessageIcon } from '../../notifications/occasions/occasion.js';
import type { MessageRow } from '../../notifications/views/messages/messages.entity.js';
import { moment, type Here, type Moment } from '../humanise.js';
import type { JobTitles } from '../titles.js';

/** A message that the inbox holds. */
export interface MessageCard {
  readonly id: string;
  readonly subject: string;
  readonly text: string;
  /** The recipient group that is told. */
  readonly group: string;
  readonly icon: MessageIcon;
  /** Why that group gets it. */
  readonly reason: string;
  readonly deliveredAt: Moment;
  /** The channel that was asked for, where it is not set up and the inbox took its place; else empty. */
  readonly insteadOf: string;
  /** What could not be delivered another way, and why; empty for a message that goes as it was asked for. */
  readonly notDelivered: string;
  readonly runs: readonly { readonly id: string; readonly jobTitle: string }[];
}

export function messageCard(message: MessageRow, titles: JobTitles, here: Here): MessageCard {
  return {
    id: message.messageId,
    subject: message.subject ?? '',
    text: message.text ?? '',
    group: message.group,
    icon: allOccasions.iconOf(message.template),
    reason: allOccasions.wordsOf(message.reason)?.board ?? '',
    deliveredAt: moment(message.deliveredAt ?? message.decidedAt, here),
    insteadOf: message.channel === message.deliveredBy ? '' : message.channel,
    notDelivered: notDelivered(message),
    runs: runAbout.among(message.about).map((run) => ({ id: run.runId, jobTitle: titles(run) })),
  };
}

function notDelivered({ inPlaceOf }: MessageRow): string {
  if (inPlaceOf === null) return '';
  const { channel, to, error } = inPlaceOf;
  return `${channel}${to.length === 0 ? '' : ` to ${to.join(', ')}`}: ${error}`;
}

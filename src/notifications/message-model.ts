import { formatsFor } from './formats.js';
import type { InPlaceOf, MessageData } from './notifications.events.js';
import { allOccasions } from './occasions/all-occasions.js';
import { oneLine } from './plain-text.js';
import { words } from './message-words.js';

/** What a message is made of. */
export interface MessageRequest extends Pick<
  MessageData,
  'template' | 'locale' | 'group' | 'reason' | 'period' | 'inPlaceOf'
> {
  /** An IANA time zone: whose clock the times mean. */
  readonly timeZone: string;
  /** All that it tells of, as its occasion has read it. */
  readonly records: unknown;
}

/**
 * All that a template may show: texts, and lists of texts. Flags are `yes` or empty. What else there is comes from the
 * message's occasion.
 */
export interface MessageModel {
  readonly group: string;
  readonly reason: string;
  readonly timeZone: string;
  /** What could not be delivered, and why; empty if this message goes the way that was asked for. */
  readonly inPlaceOf: string;
  /** The period of a digest; empty for others. */
  readonly from: string;
  readonly until: string;
}

/**
 * Turns what a message tells of into what its template shows. Everything from outside comes out as single lines.
 * @throws WardroundError `event-unreadable` if no occasion has such a template
 */
export function messageModel(request: MessageRequest, occasions = allOccasions): MessageModel {
  const { template, reason, locale, timeZone, period, inPlaceOf } = request;
  const formats = formatsFor(locale, timeZone);
  const occasion = occasions.ofMessage({ template });
  return {
    ...occasion.modelOf(request.records, { locale, formats }),
    group: request.group,
    reason: occasions.wordsOf(reason)?.[locale] ?? reason,
    timeZone,
    inPlaceOf: inPlaceOf === null ? '' : words[locale].inPlaceOf(inPlaceOf.channel, receiversText(inPlaceOf)),
    from: period === null ? '' : formats.shortMoment(period.from),
    until: period === null ? '' : formats.shortMoment(period.until),
  };
}

function receiversText({ to, error }: InPlaceOf): string {
  const receivers = to.length === 0 ? '' : ` (${oneLine(to.join(', '), 300)})`;
  return `${receivers}: ${oneLine(error, 500)}`;
}

import { EntitySchema } from 'typeorm';
import type { About, InPlaceOf } from '../../notifications.events.js';
import type { Locale } from '../../recipient-group.js';
import { integer, json, key, optionalJson, optionalText, text } from '../../../store/columns.js';

/** One message to one recipient group, and what became of it. */
export interface MessageRow {
  messageId: string;
  group: string;
  /** The channel of the subscription. */
  channel: string;
  to: readonly string[];
  locale: Locale;
  template: string;
  reason: string;
  /** What it tells of, oldest first. */
  about: readonly About[];
  period: { from: string; until: string } | null;
  /** The message that could not be delivered and instead of which this one goes. */
  inPlaceOf: InPlaceOf | null;
  state: 'waiting' | 'delivered' | 'failed' | 'withdrawn';
  decidedAt: string;
  attempts: number;
  /** RFC 3339, when the next try is due; null unless it is waiting. */
  nextAttemptAt: string | null;
  lastError: string | null;
  deliveredAt: string | null;
  /** The channel that carried it. */
  deliveredBy: string | null;
  receipt: string | null;
  subject: string | null;
  text: string | null;
  /** RFC 3339: when a person said that it need not be delivered any more, and who. */
  dismissedAt: string | null;
  dismissedBy: string | null;
}

export const messageTable = new EntitySchema<MessageRow>({
  name: 'messages',
  columns: {
    messageId: key,
    group: text,
    channel: text,
    to: json,
    locale: text,
    template: text,
    reason: text,
    about: json,
    period: optionalJson,
    inPlaceOf: optionalJson,
    state: text,
    decidedAt: text,
    attempts: integer,
    nextAttemptAt: optionalText,
    lastError: { type: 'text', nullable: true },
    deliveredAt: optionalText,
    deliveredBy: optionalText,
    receipt: { type: 'text', nullable: true },
    subject: { type: 'text', nullable: true },
    text: { type: 'text', nullable: true },
    dismissedAt: optionalText,
    dismissedBy: optionalText,
  },
});

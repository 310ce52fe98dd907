import { EntitySchema } from 'typeorm';
import type { MessageTemplate } from '../../notifications/notifications.events.js';
import type { Locale } from '../../notifications/recipient-group.js';
import { integer, json, key, optionalJson, optionalText, text } from '../columns.js';

export interface RunReference {
  site: string;
  server: string;
  job: string;
  runId: string;
}

/** One message to one recipient group, and what became of it. */
export interface MessageRow {
  messageId: string;
  group: string;
  /** The channel asked for. */
  channel: string;
  to: readonly string[];
  locale: Locale;
  template: MessageTemplate;
  reason: string;
  runs: readonly RunReference[];
  period: { from: string; until: string } | null;
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
    runs: json,
    period: optionalJson,
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
  },
});

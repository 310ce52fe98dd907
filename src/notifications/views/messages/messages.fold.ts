import type { EventOf } from '../../../event-log/event-types.js';
import {
  messageDecided,
  messageDelivered,
  messageFailed,
  messageDismissed,
  messageWithdrawn,
} from '../../notifications.events.js';
import type { MessageRow } from './messages.entity.js';

export const messageEventTypes = [
  messageDecided,
  messageDelivered,
  messageFailed,
  messageDismissed,
  messageWithdrawn,
] as const;
export type MessageEvent = EventOf<(typeof messageEventTypes)[number]>;

/** What an event makes of a message. What was delivered stays delivered. */
export function foldMessage(message: MessageRow | undefined, event: MessageEvent): MessageRow | undefined {
  switch (event.type) {
    case 'message.decided':
      return message ?? decided(event);
    case 'message.delivered':
      return message && delivered(message, event);
    case 'message.failed':
      return message && failed(message, event);
    case 'message.dismissed':
      return message && dismissed(message, event);
    case 'message.withdrawn':
      return message && withdrawn(message);
  }
}

function decided({ data, time }: EventOf<typeof messageDecided>): MessageRow {
  return {
    ...data,
    state: 'waiting',
    decidedAt: time,
    attempts: 0,
    nextAttemptAt: time,
    lastError: null,
    deliveredAt: null,
    deliveredBy: null,
    receipt: null,
    subject: null,
    text: null,
    dismissedAt: null,
    dismissedBy: null,
  };
}

function delivered(message: MessageRow, { data, time }: EventOf<typeof messageDelivered>): MessageRow {
  if (message.state === 'delivered') return message;
  const { attempt, channel, receipt, subject, text } = data;
  return {
    ...message,
    state: 'delivered',
    attempts: attempt,
    nextAttemptAt: null,
    deliveredAt: time,
    deliveredBy: channel,
    receipt,
    subject,
    text,
  };
}

function failed(message: MessageRow, { data }: EventOf<typeof messageFailed>): MessageRow {
  if (message.state === 'delivered') return message;
  const state = data.retryAt === null ? 'failed' : 'waiting';
  return { ...message, state, attempts: data.attempt, nextAttemptAt: data.retryAt, lastError: data.error };
}

/** The first word counts, and what was delivered meanwhile needs none. */
function dismissed(message: MessageRow, { time, actor }: EventOf<typeof messageDismissed>): MessageRow {
  if (message.state === 'delivered' || message.dismissedAt !== null) return message;
  return { ...message, dismissedAt: time, dismissedBy: actor ?? null };
}

function withdrawn(message: MessageRow): MessageRow {
  if (message.state !== 'waiting') return message;
  return { ...message, state: 'withdrawn', nextAttemptAt: null };
}

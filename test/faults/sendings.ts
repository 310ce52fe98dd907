import type { Event } from '../../src/event-log/envelope.js';
import type { ReceivedMail } from '../fixtures/smtp.js';
import { grouped, ofType } from './history.js';

/** The life of a killed process: milliseconds since 1970. */
export interface Span {
  readonly startedAt: number;
  readonly killedAt: number;
}

export interface Sendings {
  readonly messages: number;
  /** Mails beyond the first of their message. */
  readonly repeats: number;
  /** Repeats that no kill between the acceptance and its record explains. */
  readonly unexplained: readonly string[];
  /** Mails of no message that the log knows as delivered. */
  readonly unrecorded: readonly string[];
  /** Messages that the log calls delivered, and that no one received. */
  readonly neverReceived: readonly string[];
}

/** Compares what a mail server accepted with what the log says of it. */
export function sendings(mails: readonly ReceivedMail[], events: readonly Event[], lives: readonly Span[]): Sendings {
  const byMail = ofType(events, 'message.delivered').filter(({ data }) => data.channel === 'email');
  const recordedAt = new Map(byMail.map(({ data, recordedtime }) => [data.messageId, Date.parse(recordedtime)]));
  const accepted = grouped(mails, messageOf, ({ acceptedAt }) => acceptedAt);
  const repeats = [...accepted].flatMap(([id, times]) => {
    return times.slice(1).map((again, index) => ({ id, first: times[index] ?? again, again }));
  });
  return {
    messages: accepted.size,
    repeats: repeats.length,
    unexplained: repeats
      .filter(({ id, first, again }) => (recordedAt.get(id) ?? 0) < again || !killedBetween(lives, first, again))
      .map(({ id, first, again }) => `${id}: accepted at ${first} and ${again}, recorded at ${recordedAt.get(id)}`),
    unrecorded: [...accepted.keys()].filter((id) => !recordedAt.has(id)),
    neverReceived: [...recordedAt.keys()].filter((id) => !accepted.has(id)),
  };
}

/** The message that a mail carries: `<id@domain>`. */
function messageOf({ mail }: ReceivedMail): string {
  return /^<([^@>]+)@/.exec(mail.messageId ?? '')?.[1] ?? `no Message-ID: ${mail.subject ?? ''}`;
}

/**
 * Whether the process that sent the first was killed before the second. Its own mail program sends, and outlives the
 * process by a moment: the first may be accepted just after the kill.
 */
function killedBetween(lives: readonly Span[], first: number, again: number): boolean {
  return lives.some(({ startedAt, killedAt }) => startedAt < first && killedAt < again);
}

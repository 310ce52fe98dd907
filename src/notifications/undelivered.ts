import { fromIso, type Instant } from '../shared/instant.js';
import type { MessageRow } from './views/messages/messages.entity.js';
import type { RecipientGroupDefinition } from './recipient-group.js';

/** So long a message may be on its way before its group counts as not told. */
export const deliveryPatienceMs = 60 * 60_000;

/** A group that could not be told by a channel: its messages that failed or are late, as one. */
export interface Undelivered {
  readonly group: string;
  readonly channel: string;
  readonly to: readonly string[];
  /** The newest of them; to dismiss it dismisses all. */
  readonly messageId: string;
  /** RFC 3339: since when the first of them waits. */
  readonly since: string;
  /** The last error; null where nothing was tried yet. */
  readonly error: string | null;
  readonly messages: number;
  /** Whether the newest has failed for good; otherwise it is still tried. */
  readonly gaveUp: boolean;
}

export type Receivers = Pick<MessageRow, 'group' | 'channel' | 'to'>;

type Sent = Pick<
  MessageRow,
  'messageId' | 'group' | 'channel' | 'to' | 'state' | 'decidedAt' | 'lastError' | 'dismissedAt'
>;

export function receiversKey({ group, channel, to }: Receivers): string {
  return JSON.stringify([group, channel, to]);
}

/** Whether a message should have been delivered by now, and was not. */
export function isLate({ state, decidedAt, dismissedAt }: Sent, now: Instant): boolean {
  if (dismissedAt !== null || (state !== 'failed' && state !== 'waiting')) return false;
  return state === 'failed' || now > fromIso(decidedAt) + deliveryPatienceMs;
}

/**
 * The groups that could not be told, the newest first. One is told again as soon as a later message to the same receivers
 * by the same channel was delivered, or a person has dismissed a later one. Pure.
 * @param messages those that may be late
 * @param settledUntil of the same receivers: when the newest was decided that was delivered by its channel or dismissed
 */
export function undelivered(
  messages: readonly Sent[],
  settledUntil: ReadonlyMap<string, string>,
  now: Instant,
): readonly Undelivered[] {
  const byReceivers = new Map<string, Sent[]>();
  for (const message of messages) {
    const key = receiversKey(message);
    const settled = settledUntil.get(key);
    const isSettled = settled !== undefined && message.decidedAt <= settled;
    if (!isSettled && isLate(message, now)) byReceivers.set(key, [...(byReceivers.get(key) ?? []), message]);
  }
  const found = [...byReceivers.values()].map((late) => summary(late));
  return found.sort((a, b) => b.since.localeCompare(a.since));
}

function summary(late: readonly Sent[]): Undelivered {
  const [first, ...others] = [...late].sort((a, b) => a.decidedAt.localeCompare(b.decidedAt));
  if (!first) throw new RangeError('there are no messages to summarise');
  const newest = others.at(-1) ?? first;
  const { group, channel, to, messageId, state, lastError } = newest;
  return {
    ...{ group, channel, to, messageId, error: lastError, since: first.decidedAt, messages: late.length },
    gaveUp: state === 'failed',
  };
}

/** The groups that asked for e-mail while no mail server is configured: it reaches no one but the inbox. */
export function groupsWithoutMailServer(
  groups: readonly Pick<RecipientGroupDefinition, 'name' | 'title' | 'subscriptions'>[],
  hasMailServer: boolean,
): readonly string[] {
  if (hasMailServer) return [];
  return groups
    .filter(({ subscriptions }) => subscriptions.some(({ channel }) => channel === 'email'))
    .map(({ name, title }) => title ?? name);
}

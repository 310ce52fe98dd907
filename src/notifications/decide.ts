import type { backupCompleted } from '../backups/backups.events.js';
import type { EventOf } from '../event-log/event-types.js';
import { decisionId } from '../shared/ids.js';
import type { MessageReason, MessageTemplate } from './notifications.events.js';
import type { MessageSubscription, RecipientGroupDefinition } from './recipient-group.js';

export type RunCompleted = EventOf<typeof backupCompleted>;

/** What is to be told, and to whom: one message. */
export interface Telling {
  readonly tell: true;
  readonly messageId: string;
  readonly group: string;
  readonly channel: string;
  /** Sorted, each once. */
  readonly to: readonly string[];
  readonly template: MessageTemplate;
  readonly because: Exclude<MessageReason, 'digest-due'>;
}

/** Why a subscription gets no message for a run. */
export interface Silence {
  readonly tell: false;
  readonly group: string;
  readonly channel: string;
  readonly to: readonly string[];
  readonly because:
    'other-jobs-only' | 'only-failures-asked-for' | 'waits-for-the-digest' | 'same-addresses-told-already';
}

export type Verdict = Telling | Silence;

/**
 * Who is told of a finished run, and who is not: one verdict per subscription, in the order of the groups. One channel
 * and set of addresses of a group gets at most one message.
 */
export function decideOnRun(groups: readonly RecipientGroupDefinition[], event: RunCompleted): readonly Verdict[] {
  return groups.flatMap((group) => {
    const told = new Set<string>();
    return group.subscriptions.map((subscription): Verdict => {
      const about = { group: group.name, channel: subscription.channel, to: addressesOf(subscription) };
      const messageId = messageIdOf(about, event.id);
      const because = whyTold(subscription, event) ?? whySilent(subscription, event);
      if (because !== 'backup-failed' && because !== 'always-with-log') return { tell: false, ...about, because };
      if (told.has(messageId)) return { tell: false, ...about, because: 'same-addresses-told-already' };
      told.add(messageId);
      const template = event.data.outcome === 'succeeded' ? 'backup-succeeded' : 'backup-failed';
      return { tell: true, messageId, ...about, template, because };
    });
  });
}

/** Whether a subscription wants to hear of a job at all. */
export function takesJob(subscription: MessageSubscription, job: string): boolean {
  return subscription.jobs === undefined || subscription.jobs.includes(job);
}

/** A subscription's addresses as a set: sorted, each once. */
export function addressesOf(subscription: MessageSubscription): readonly string[] {
  return [...new Set(subscription.to)].sort();
}

/**
 * The id of a message: the same group, channel, addresses and cause give the same one.
 * @param cause the id of the event, or the due instant of the digest, that it tells of
 */
export function messageIdOf(
  about: { readonly group: string; readonly channel: string; readonly to: readonly string[] },
  cause: string,
): string {
  return decisionId('message', about.group, about.channel, cause, JSON.stringify(about.to));
}

function whyTold(subscription: MessageSubscription, { data }: RunCompleted): Telling['because'] | null {
  if (subscription.takes === 'digest' || !takesJob(subscription, data.job)) return null;
  if (data.outcome !== 'succeeded') return 'backup-failed';
  return subscription.takes === 'always-with-log' ? 'always-with-log' : null;
}

function whySilent(subscription: MessageSubscription, { data }: RunCompleted): Silence['because'] {
  if (!takesJob(subscription, data.job)) return 'other-jobs-only';
  return subscription.takes === 'digest' ? 'waits-for-the-digest' : 'only-failures-asked-for';
}

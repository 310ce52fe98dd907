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
  readonly because: MessageReason;
}

/** Why a subscription gets no message for a run. */
export interface Silence {
  readonly tell: false;
  readonly group: string;
  readonly channel: string;
  readonly to: readonly string[];
  readonly because:
    | 'other-jobs-only'
    | 'only-failures-asked-for'
    | 'waits-for-the-digest'
    | 'same-addresses-told-already'
    | 'only-alarms-asked-for'
    | 'no-alarms-asked-for'
    | 'other-severities-only'
    | 'other-rules-only'
    | 'raising-was-not-told';
}

export type Verdict = Telling | Silence;

type Receivers = Pick<Telling, 'group' | 'channel' | 'to'>;

/**
 * Who is told of a finished run, and who is not: one verdict per subscription, in the order of the groups. One channel
 * and set of addresses of a group gets at most one message.
 */
export function decideOnRun(groups: readonly RecipientGroupDefinition[], event: RunCompleted): readonly Verdict[] {
  const template = runTemplates[event.data.outcome];
  return decideEach(groups, event.id, template, (subscription) => {
    const because = whyTold(subscription, event);
    return because === null ? { tell: false, because: whySilent(subscription, event) } : { tell: true, because };
  });
}

const runTemplates = {
  succeeded: 'backup-succeeded',
  failed: 'backup-failed',
  suspicious: 'backup-suspicious',
} as const satisfies Readonly<Record<RunCompleted['data']['outcome'], MessageTemplate>>;

/**
 * One verdict per subscription, in the order of the groups.
 * @param cause the id of the event that is told of
 */
export function decideEach(
  groups: readonly RecipientGroupDefinition[],
  cause: string,
  template: MessageTemplate,
  judge: (
    subscription: MessageSubscription,
    receivers: Receivers,
  ) => Pick<Telling, 'tell' | 'because'> | Pick<Silence, 'tell' | 'because'>,
): readonly Verdict[] {
  return groups.flatMap((group) => {
    const told = new Set<string>();
    return group.subscriptions.map((subscription): Verdict => {
      const about = { group: group.name, channel: subscription.channel, to: addressesOf(subscription) };
      const messageId = messageIdOf(about, cause);
      const judged = judge(subscription, about);
      if (!judged.tell) return { ...about, ...judged };
      if (told.has(messageId)) return { tell: false, ...about, because: 'same-addresses-told-already' };
      told.add(messageId);
      return { messageId, ...about, template, ...judged };
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
 * @param cause the id of the event that it tells of, or when a digest is due and where its period begins
 */
export function messageIdOf(
  about: { readonly group: string; readonly channel: string; readonly to: readonly string[] },
  cause: string,
): string {
  return decisionId('message', about.group, about.channel, cause, JSON.stringify(about.to));
}

function whyTold(subscription: MessageSubscription, { data }: RunCompleted): MessageReason | null {
  const { takes } = subscription;
  if (takes === 'digest' || takes === 'alarms' || !takesJob(subscription, data.job)) return null;
  if (data.outcome === 'failed') return 'backup-failed';
  if (data.outcome === 'suspicious') return 'backup-suspicious';
  return takes === 'always-with-log' ? 'always-with-log' : null;
}

function whySilent(subscription: MessageSubscription, { data }: RunCompleted): Silence['because'] {
  if (subscription.takes === 'alarms') return 'only-alarms-asked-for';
  if (!takesJob(subscription, data.job)) return 'other-jobs-only';
  return subscription.takes === 'digest' ? 'waits-for-the-digest' : 'only-failures-asked-for';
}

import { decisionId } from '../shared/ids.js';
import type { MessageSubscription, RecipientGroupDefinition } from './recipient-group.js';

/** One message: what is to be sent, and to whom. */
export interface Telling<Template extends string = string, Reason extends string = string> {
  readonly tell: true;
  readonly messageId: string;
  readonly group: string;
  readonly channel: string;
  /** Sorted, each once. */
  readonly to: readonly string[];
  readonly template: Template;
  readonly because: Reason;
}

/** Why a subscription gets no message. */
export interface Silence<Reason extends string = string> {
  readonly tell: false;
  readonly group: string;
  readonly channel: string;
  readonly to: readonly string[];
  readonly because: Reason | 'same-addresses-told-already';
}

export type Verdict<Template extends string = string, Reason extends string = string, Why extends string = string> =
  Telling<Template, Reason> | Silence<Why>;

export type Receivers = Pick<Telling, 'group' | 'channel' | 'to'>;

/** What an occasion says of one subscription. */
export type Judgement<Reason extends string, Why extends string> =
  { readonly tell: true; readonly because: Reason } | { readonly tell: false; readonly because: Why };

/**
 * One verdict per subscription, in the order of the groups. One channel and set of addresses of a group gets at most one
 * message.
 * @param cause the id of the event that the message is about
 */
export function decideEach<Template extends string, Reason extends string, Why extends string>(
  groups: readonly RecipientGroupDefinition[],
  cause: string,
  template: Template,
  judge: (subscription: MessageSubscription, receivers: Receivers) => Judgement<Reason, Why>,
): readonly Verdict<Template, Reason, Why>[] {
  return groups.flatMap((group) => {
    const told = new Set<string>();
    return group.subscriptions.map((subscription): Verdict<Template, Reason, Why> => {
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

/** A subscription's addresses as a set: sorted, each once. */
export function addressesOf(subscription: Pick<MessageSubscription, 'to'>): readonly string[] {
  return [...new Set(subscription.to)].sort();
}

/**
 * The id of a message: the same group, channel, addresses and cause give the same one.
 * @param cause the id of the event that it is about, or when a digest is due and where its period begins
 */
export function messageIdOf(about: Receivers, cause: string): string {
  return decisionId('message', about.group, about.channel, cause, JSON.stringify(about.to));
}

import type { EventOf } from '../event-log/event-types.js';
import type { alarmCleared, alarmRaised } from '../rules/rules.events.js';
import { decideEach, type Silence, type Telling, type Verdict } from './decide.js';
import type { MessageSubscription, RecipientGroupDefinition } from './recipient-group.js';

export type AlarmRaised = EventOf<typeof alarmRaised>;
export type AlarmCleared = EventOf<typeof alarmCleared>;

/** Those who were told that an alarm was raised: they are told when it is cleared, and nobody else is. */
export type ToldReceivers = Pick<Telling, 'group' | 'channel' | 'to'>;

/** Who is told of a raised alarm, and who is not: one verdict per subscription, in the order of the groups. */
export function decideOnRaised(groups: readonly RecipientGroupDefinition[], event: AlarmRaised): readonly Verdict[] {
  return decideEach(groups, event.id, 'alarm-raised', (subscription) => {
    const because = whySilent(subscription, event);
    return because === null ? { tell: true, because: 'alarm-raised' } : { tell: false, because };
  });
}

/**
 * Who is told that an alarm was cleared: the receivers who were told of its raising and whose group still takes alarms
 * that way.
 */
export function decideOnCleared(
  groups: readonly RecipientGroupDefinition[],
  told: readonly ToldReceivers[],
  event: AlarmCleared,
): readonly Verdict[] {
  const keys = new Set(told.map(keyOf));
  return decideEach(groups, event.id, 'alarm-cleared', ({ takes }, receivers) => {
    if (takes !== 'alarms') return { tell: false, because: 'no-alarms-asked-for' };
    return keys.has(keyOf(receivers))
      ? { tell: true, because: 'alarm-cleared' }
      : { tell: false, because: 'raising-was-not-told' };
  });
}

function whySilent(subscription: MessageSubscription, { data }: AlarmRaised): Silence['because'] | null {
  const { takes, severities, rules } = subscription;
  if (takes !== 'alarms') return 'no-alarms-asked-for';
  if (severities !== undefined && !severities.includes(data.severity)) return 'other-severities-only';
  if (rules !== undefined && !rules.includes(data.rule)) return 'other-rules-only';
  return null;
}

function keyOf({ group, channel, to }: ToldReceivers): string {
  return JSON.stringify([group, channel, to]);
}

import type { EventOf } from '../../../event-log/event-types.js';
import type { alarmCleared, alarmRaised } from '../../../rules/rules.events.js';
import { decideEach, type Judgement, type Receivers, type Verdict } from '../../decide.js';
import { takesServer } from '../takes-server.js';
import type { MessageSubscription, RecipientGroupDefinition } from '../../recipient-group.js';

export type AlarmRaised = EventOf<typeof alarmRaised>;
export type AlarmCleared = EventOf<typeof alarmCleared>;

/** What there is to say about an alarm: both a template and a reason. */
export type AlarmChange = 'alarm-raised' | 'alarm-cleared';

/** Why a subscription gets no message about an alarm. */
type AlarmSilence =
  'no-alarms-asked-for' | 'other-servers-only' | 'other-severities-only' | 'other-rules-only' | 'raising-was-not-told';
type AlarmJudgement = Judgement<AlarmChange, AlarmSilence>;
type AlarmVerdict = Verdict<AlarmChange, AlarmChange, AlarmSilence>;

/** Those who were notified that an alarm was raised: they are notified when it is cleared, and no one else is. */
export type ToldReceivers = Receivers;

/** Who is notified of a raised alarm, and who is not: one verdict per subscription, in the order of the groups. */
export function decideOnRaised(
  groups: readonly RecipientGroupDefinition[],
  event: AlarmRaised,
): readonly AlarmVerdict[] {
  return decideEach(groups, event.id, 'alarm-raised', (subscription): AlarmJudgement => {
    const because = whySilent(subscription, event);
    return because === null ? { tell: true, because: 'alarm-raised' } : { tell: false, because };
  });
}

/**
 * Who is notified that an alarm was cleared: the receivers who were notified of its raising and whose group still takes
 * alarms that way.
 */
export function decideOnCleared(
  groups: readonly RecipientGroupDefinition[],
  told: readonly ToldReceivers[],
  event: AlarmCleared,
): readonly AlarmVerdict[] {
  const keys = new Set(told.map(keyOf));
  return decideEach(groups, event.id, 'alarm-cleared', ({ takes }, receivers): AlarmJudgement => {
    if (takes !== 'alarms') return { tell: false, because: 'no-alarms-asked-for' };
    return keys.has(keyOf(receivers))
      ? { tell: true, because: 'alarm-cleared' }
      : { tell: false, because: 'raising-was-not-told' };
  });
}

function whySilent(subscription: MessageSubscription, { data }: AlarmRaised): AlarmSilence | null {
  const { takes, severities, rules } = subscription;
  if (takes !== 'alarms') return 'no-alarms-asked-for';
  if (!takesServer(subscription, data)) return 'other-servers-only';
  if (severities !== undefined && !severities.includes(data.severity)) return 'other-severities-only';
  if (rules !== undefined && !rules.includes(data.rule)) return 'other-rules-only';
  return null;
}

function keyOf({ group, channel, to }: ToldReceivers): string {
  return JSON.stringify([group, channel, to]);
}

import type { NewEvent } from '../event-log/envelope.js';
import type { EventOf } from '../event-log/event-types.js';
import { decision } from '../event-log/statement.js';
import { decisionId } from '../shared/ids.js';
import { toIso, type Instant } from '../shared/instant.js';
import { serverKey } from '../shared/names.js';
import type { AlarmId, EventId } from './alarm-state.js';
import type { ClearReason, Verdict } from './judge.js';
import type { Rule } from './rule-book.js';
import { alarmCleared, alarmRaised } from './rules.events.js';

export type AlarmDecision = NewEvent<EventOf<typeof alarmRaised>> | NewEvent<EventOf<typeof alarmCleared>>;

export const rulesSource = '/wardround/rules';

/** Which server is judged, when, and because of which event; none if it is because of the clock. */
export interface Scene {
  readonly site: string;
  readonly server: string;
  readonly now: Instant;
  readonly cause: EventId | null;
}

export function alarmSubject(key: string, alarmId: AlarmId): string {
  return `${key}/alarms/${alarmId}`;
}

/** The alarm that a verdict raises; the same rule, server and cause give the same ids. */
export function raise(
  scene: Scene,
  rule: Rule,
  { because, since, summary, evidence }: Extract<Verdict, { change: 'raise' }>,
): NewEvent<EventOf<typeof alarmRaised>> {
  const { site, server, now, cause } = scene;
  const key = serverKey(site, server);
  // The clock is no event. What it showed is told apart by the moment since which it holds, and by the condition's
  // definition: a condition that was changed and changed back raises another alarm.
  const causes = cause === null ? [because, toIso(since), rule.conditionSetBy] : [cause];
  const alarmId = decisionId('alarm', rule.name, key, ...causes);
  const { name, severity, title, advice } = rule;
  const data = {
    ...{ alarmId, rule: name, site, server, severity, title, advice, because, summary },
    since: toIso(since),
    evidence: [...evidence],
  };
  return decision(alarmRaised, [alarmId], {
    data,
    now,
    ...envelope(key, alarmId, cause),
  });
}

/** An alarm is cleared once: whatever ends it, the event is the same. */
export function clear(
  { site, server, now, cause }: Scene,
  rule: string,
  alarmId: AlarmId,
  because: ClearReason,
): NewEvent<EventOf<typeof alarmCleared>> {
  return decision(alarmCleared, [alarmId], {
    data: { alarmId, rule, site, server, because },
    now,
    ...envelope(serverKey(site, server), alarmId, cause),
  });
}

function envelope(key: string, alarmId: AlarmId, cause: EventId | null) {
  return {
    source: rulesSource,
    subject: alarmSubject(key, alarmId),
    partitionkey: key,
    ...(cause === null ? {} : { causationid: cause }),
  };
}

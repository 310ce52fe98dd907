import type { NewEvent } from '../event-log/envelope.js';
import type { EventOf } from '../event-log/event-types.js';
import { decision } from '../event-log/statement.js';
import { decisionId } from '../shared/ids.js';
import { toIso, type Instant } from '../shared/instant.js';
import { serverKey } from '../shared/names.js';
import type { AlarmId, EventId } from './alarm-state.js';
import { ruleAt, subjectAt, type AlarmPlace } from './alarm-place.js';
import type { AlarmSubject } from './alarm-subject.js';
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

/**
 * The alarm that a verdict raises; the same rule, server, subject and cause give the same ids. Where the subject follows
 * from the cause (an event is about one job or check-up) or from the rule, it is no part of the id: a replay finds the
 * alarms again that were raised before they had subjects.
 * @param hasOtherSubjects whether the rule may have alarms about other subjects of the server
 */
export function raise(
  scene: Scene,
  rule: Rule,
  subject: AlarmSubject,
  { because, since, summary, evidence }: Extract<Verdict, { change: 'raise' }>,
  hasOtherSubjects: boolean,
): NewEvent<EventOf<typeof alarmRaised>> {
  const { site, server, now, cause } = scene;
  const key = serverKey(site, server);
  // The clock is not an event. What it showed is distinguished by the moment since which it holds, by the condition's
  // definition (one that was changed and changed back raises another alarm), and by a success that came but is not
  // believed.
  const byClock = [because, toIso(since), rule.conditionSetBy, ...evidence.slice(1)];
  if (hasOtherSubjects) byClock.push(`${subject.kind}/${subject.name}`);
  const causes = cause === null ? byClock : [cause];
  const alarmId = decisionId('alarm', rule.name, key, ...causes);
  const { name, severity, title, advice } = rule;
  const data = {
    ...{ alarmId, rule: name, site, server, subject, severity, title, advice, because, summary },
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
  place: AlarmPlace,
  alarmId: AlarmId,
  because: ClearReason,
): NewEvent<EventOf<typeof alarmCleared>> {
  return decision(alarmCleared, [alarmId], {
    data: { alarmId, rule: ruleAt(place), site, server, subject: subjectAt(place), because },
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

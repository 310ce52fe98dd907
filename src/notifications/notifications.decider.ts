import { LessThanOrEqual, Like } from 'typeorm';
import type { EventOf } from '../event-log/event-types.js';
import { backupCompleted } from '../backups/backups.events.js';
import { alarmRaised, alarmCleared } from '../rules/rules.events.js';
import type { NewEvent, Recorded } from '../event-log/envelope.js';
import { decision } from '../event-log/statement.js';
import { fromIso, toIso, type Instant } from '../shared/instant.js';
import { definitionsKey } from '../shared/names.js';
import { deciderStateTable } from '../store/bookkeeping.entity.js';
import type { Decider } from '../folding/decider.js';
import type { ViewTransaction } from '../store/view-store.adapter.js';
import { decideOnRun, type RunCompleted, type Telling, type Verdict } from './decide.js';
import { decideOnCleared, decideOnRaised, type AlarmCleared, type AlarmRaised } from './decide-alarm.js';
import { DeciderMemory } from './decider-memory.adapter.js';
import {
  afterDigest,
  defineGroup,
  digestsOfRun,
  dueDigests,
  inOrder,
  replanned,
  wakeAt,
  type DueDigest,
  type FinishedRun,
  type GroupState,
  type NextDue,
} from './digest.js';
import {
  messageDecided,
  notificationsSource,
  type About,
  recipientGroupDefined,
  recipientGroupRetired,
} from './notifications.events.js';
import { messageSubject } from './message-address.js';
import type { Locale } from './recipient-group.js';

const name = 'notifications';

const types = [
  recipientGroupDefined,
  recipientGroupRetired,
  backupCompleted,
  alarmRaised,
  alarmCleared,
  messageDecided,
] as const;
type Taken = EventOf<(typeof types)[number]>;
type MessageDecision = NewEvent<EventOf<typeof messageDecided>>;

/**
 * Decides who is told of what. It remembers the groups, how far each digest has told, and the runs that each digest is
 * going to tell of; all of it also follows from the log, its own `message.decided` included.
 */
export class NotificationsDecider implements Decider<ViewTransaction, (typeof types)[number]> {
  readonly name = name;
  readonly events = types;

  /** @param nextDue when a digest is due next: see `digest-timetable.adapter.ts` */
  constructor(private readonly nextDue: NextDue) {}

  async handle(
    events: readonly Recorded<Taken>[],
    tx: ViewTransaction,
    partition: number,
  ): Promise<readonly MessageDecision[]> {
    const cleared = events.flatMap(({ event }) => (event.type === 'alarm.cleared' ? [event.data.alarmId] : []));
    const memory = await DeciderMemory.load(tx, name, partition, cleared);
    const decided = events.flatMap(({ event, position }) =>
      this.evolve(memory, event, position.partition === partition),
    );
    await memory.store();
    return decided;
  }

  async wake(now: Instant, tx: ViewTransaction, partition: number): Promise<readonly MessageDecision[]> {
    const due = await tx.existsBy(deciderStateTable, {
      decider: name,
      partition,
      key: Like('group/%'),
      wakeAt: LessThanOrEqual(toIso(now)),
    });
    if (!due) return [];
    const memory = await DeciderMemory.load(tx, name, partition);
    const decided: MessageDecision[] = [];
    for (const remembered of memory.groups()) {
      const group = replanned(remembered, now, this.nextDue);
      memory.keep(group, wakeAt(group));
      for (const digest of dueDigests(group, now)) {
        const runs = await memory.takeRuns(group.definition.name, digest.digests);
        decided.push(digestEvent(group, digest, inOrder(runs), now));
        this.passDigest(memory, digest, true);
      }
    }
    await memory.store();
    return decided;
  }

  /** @param home whether the definitions lie in this partition: where they do, the clock tells digests */
  private evolve(memory: DeciderMemory, event: Taken, home: boolean): readonly MessageDecision[] {
    switch (event.type) {
      case 'recipient-group.defined':
        this.define(memory, event, home);
        return [];
      case 'recipient-group.retired':
        memory.forget(event.data.group);
        return [];
      case 'message.decided':
        this.meetOwnDigest(memory, event, home);
        return [];
      case 'backup.completed':
        return this.runCompleted(memory, event);
      case 'alarm.raised':
        return this.alarmRaised(memory, event);
      case 'alarm.cleared':
        return this.alarmCleared(memory, event);
    }
  }

  private define(memory: DeciderMemory, { data, time }: EventOf<typeof recipientGroupDefined>, home: boolean): void {
    const before = memory.group(data.group);
    const definition = { ...data.definition, name: data.group };
    const group = defineGroup(before, definition, fromIso(time), this.nextDue);
    memory.keep(group, home ? wakeAt(group) : null);
    const kept = new Set(group.digests.map(({ id }) => id));
    for (const { id } of before?.digests ?? []) if (!kept.has(id)) memory.forgetRuns(data.group, id);
  }

  /** A digest in the log that this state does not know of yet: it was decided before the state was lost. */
  private meetOwnDigest(memory: DeciderMemory, { data }: EventOf<typeof messageDecided>, home: boolean): void {
    if (data.template !== 'log-digest' || data.period === null) return;
    const moved = this.passDigest(memory, { ...data, period: data.period }, home);
    const runs = data.about.flatMap((about) => (about.kind === 'run' ? [about.runId] : []));
    for (const digest of moved) for (const runId of runs) memory.forgetRun(data.group, digest, runId);
  }

  /** @returns the ids of the digests that it moved on */
  private passDigest(
    memory: DeciderMemory,
    told: Pick<DueDigest, 'group' | 'channel' | 'to' | 'period'>,
    home: boolean,
  ): readonly string[] {
    const before = memory.group(told.group);
    if (!before) return [];
    const group = afterDigest(before, told, this.nextDue);
    memory.keep(group, home ? wakeAt(group) : null);
    return group.digests.filter((digest, index) => digest !== before.digests[index]).map(({ id }) => id);
  }

  private runCompleted(memory: DeciderMemory, event: RunCompleted): readonly MessageDecision[] {
    const groups = memory.groups();
    for (const group of groups) {
      for (const { id } of digestsOfRun(group, event)) memory.keepRun(group.definition.name, id, finishedRun(event));
    }
    const { site, server, job, runId } = event.data;
    return messagesOf(memory, decideOnRun(definitionsIn(memory), event), event, {
      kind: 'run',
      site,
      server,
      job,
      runId,
    });
  }

  private alarmRaised(memory: DeciderMemory, event: AlarmRaised): readonly MessageDecision[] {
    const verdicts = decideOnRaised(definitionsIn(memory), event);
    const told = verdicts.flatMap(({ tell, group, channel, to }) => (tell ? [{ group, channel, to }] : []));
    if (told.length > 0) memory.keepTold(event.data.alarmId, told);
    return messagesOf(memory, verdicts, event, aboutAlarm(event));
  }

  private alarmCleared(memory: DeciderMemory, event: AlarmCleared): readonly MessageDecision[] {
    const told = memory.takeTold(event.data.alarmId);
    return messagesOf(memory, decideOnCleared(definitionsIn(memory), told, event), event, aboutAlarm(event));
  }
}

function definitionsIn(memory: DeciderMemory) {
  return memory.groups().map(({ definition }) => definition);
}

function aboutAlarm({ data: { site, server, rule, alarmId } }: AlarmRaised | AlarmCleared): About {
  return { kind: 'alarm', site, server, rule, alarmId };
}

function messagesOf(
  memory: DeciderMemory,
  verdicts: readonly Verdict[],
  event: RunCompleted | AlarmRaised | AlarmCleared,
  about: About,
): readonly MessageDecision[] {
  return verdicts.flatMap((verdict) => {
    if (!verdict.tell) return [];
    const locale = memory.group(verdict.group)?.definition.locale ?? 'en';
    return [messageEvent(verdict, locale, event, about)];
  });
}

function finishedRun({ data: { site, server, job, runId }, time }: RunCompleted): FinishedRun {
  return { site, server, job, runId, completedAt: toIso(fromIso(time)) };
}

function messageEvent(
  { messageId, group, channel, to, template, because }: Telling,
  locale: Locale,
  event: RunCompleted | AlarmRaised | AlarmCleared,
  about: About,
): MessageDecision {
  return decision(messageDecided, [messageId], {
    data: {
      ...{ messageId, group, channel, to: [...to], locale, template, reason: because },
      ...{ about: [about], period: null, inPlaceOf: null },
    },
    source: notificationsSource,
    subject: messageSubject(group, messageId),
    partitionkey: event.partitionkey,
    causationid: event.id,
    now: fromIso(event.time),
  });
}

function digestEvent(
  { definition }: GroupState,
  { messageId, group, channel, to, period }: DueDigest,
  runs: readonly FinishedRun[],
  now: Instant,
): MessageDecision {
  return decision(messageDecided, [messageId], {
    data: {
      ...{ messageId, group, channel, to: [...to], locale: definition.locale, template: 'log-digest' },
      ...{ reason: 'digest-due', period, inPlaceOf: null },
      about: runs.map(({ site, server, job, runId }) => ({ kind: 'run' as const, site, server, job, runId })),
    },
    source: notificationsSource,
    subject: messageSubject(group, messageId),
    partitionkey: definitionsKey,
    now,
  });
}

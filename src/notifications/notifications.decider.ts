import { isOneOf, type EventDefinition, type EventOf } from '../event-log/event-types.js';
import type { Event, NewEvent, Recorded } from '../event-log/envelope.js';
import { decision } from '../event-log/statement.js';
import { fromIso, type Instant } from '../shared/instant.js';
import { definitionsKey } from '../shared/names.js';
import { DeciderStates } from '../folding/decider-states.adapter.js';
import type { Decider } from '../folding/decider.js';
import type { ViewTransaction } from '../store/view-store.adapter.js';
import { DeciderMemory, type GroupState } from './decider-memory.adapter.js';
import { messageSubject } from './message-address.js';
import {
  messageDecided,
  notificationsSource,
  recipientGroupDefined,
  recipientGroupRetired,
} from './notifications.events.js';
import { allOccasions } from './occasions/all-occasions.js';
import type { NextDue, Occasion, Occurrence, PlannedGroup, PlanTools } from './occasions/occasion.js';
import { keysOf } from './occasions/occasions.js';

const name = 'notifications';

const ownTypes: readonly EventDefinition[] = [recipientGroupDefined, recipientGroupRetired, messageDecided];

type MessageDecision = NewEvent<EventOf<typeof messageDecided>>;

/**
 * Decides who gets a message, on the occasions that it is given. It remembers the groups, and for each occasion what that
 * remembers and plans; all of it also follows from the log, its own `message.decided` included.
 */
export class NotificationsDecider implements Decider<ViewTransaction> {
  readonly name = name;
  readonly events: readonly EventDefinition[];

  /** @param nextDue when a cron line is due next: see `digest-timetable.adapter.ts` */
  constructor(
    private readonly nextDue: NextDue,
    private readonly occasions = allOccasions,
  ) {
    this.events = [...new Set([...ownTypes, ...occasions.events])];
  }

  async handle(
    events: readonly Recorded[],
    tx: ViewTransaction,
    partition: number,
  ): Promise<readonly MessageDecision[]> {
    const keys = events.flatMap(({ event }) => this.recalledFor(event));
    const memory = await DeciderMemory.load(tx, name, partition, keys);
    const decided = events.flatMap(({ event, position }) =>
      this.evolve(memory, event, position.partition === partition),
    );
    await memory.store();
    return decided;
  }

  async wake(now: Instant, tx: ViewTransaction, partition: number): Promise<readonly MessageDecision[]> {
    const due = await new DeciderStates(tx, name, partition).isAnyDueBelow('group/', now);
    if (!due) return [];
    const memory = await DeciderMemory.load(tx, name, partition);
    const decided: MessageDecision[] = [];
    for (const group of memory.groups()) decided.push(...(await this.wakeGroup(memory, group, now)));
    await memory.store();
    return decided;
  }

  private recalledFor(event: Event): readonly string[] {
    return this.occasions
      .on(event)
      .flatMap((occasion) => (occasion.recalls?.(event) ?? []).map((key) => `${keysOf(occasion)}/${key}`));
  }

  private async wakeGroup(memory: DeciderMemory, { definition, plans }: GroupState, now: Instant) {
    const state = { definition, plans: { ...plans } };
    const decided: MessageDecision[] = [];
    for (const occasion of this.occasions.all) {
      if (!occasion.plan) continue;
      const tools = this.toolsOf(memory, occasion);
      const { plan, occurrences } = await occasion.plan.due(plannedBy(occasion, state), now, tools);
      state.plans[occasion.plan.field] = plan;
      decided.push(...occurrences.map((one) => messageEvent(one, state, { partitionkey: definitionsKey, now })));
    }
    memory.keepGroup(state, this.wakeAt(state));
    return decided;
  }

  /** @param home whether the definitions are in this partition: where they are, the clock makes messages due */
  private evolve(memory: DeciderMemory, event: Event, home: boolean): readonly MessageDecision[] {
    if (isOneOf(event, [recipientGroupDefined])) this.define(memory, event, home);
    if (isOneOf(event, [recipientGroupRetired])) this.retire(memory, event);
    if (isOneOf(event, [messageDecided])) this.meetOwn(memory, event, home);
    return this.occasions.on(event).flatMap((occasion) => this.decide(memory, occasion, event));
  }

  private define(memory: DeciderMemory, { data, time }: EventOf<typeof recipientGroupDefined>, home: boolean): void {
    const before = memory.group(data.group);
    const definition = { ...data.definition, name: data.group };
    const plans: Record<string, unknown> = {};
    for (const occasion of this.occasions.all) {
      if (!occasion.plan) continue;
      const planned = before && plannedBy(occasion, before);
      const tools = this.toolsOf(memory, occasion);
      plans[occasion.plan.field] = occasion.plan.defined(planned, definition, fromIso(time), tools);
    }
    const group = { definition, plans };
    memory.keepGroup(group, home ? this.wakeAt(group) : null);
  }

  private retire(memory: DeciderMemory, { data }: EventOf<typeof recipientGroupRetired>): void {
    memory.forgetGroup(data.group);
    for (const occasion of this.occasions.all) occasion.plan?.retired(data.group, this.toolsOf(memory, occasion));
  }

  /** A message in the log that this state may not know of: it was decided before the state was lost. */
  private meetOwn(memory: DeciderMemory, { data }: EventOf<typeof messageDecided>, home: boolean): void {
    const occasion = this.occasions.find(data.template);
    const group = memory.group(data.group);
    if (!occasion?.plan || !group) return;
    const plan = occasion.plan.met(plannedBy(occasion, group), data, this.toolsOf(memory, occasion));
    const met = { ...group, plans: { ...group.plans, [occasion.plan.field]: plan } };
    memory.keepGroup(met, home ? this.wakeAt(met) : null);
  }

  private decide(memory: DeciderMemory, occasion: Occasion, event: Event): readonly MessageDecision[] {
    const groups = memory.groups();
    const planned = groups.map((group) => plannedBy(occasion, group));
    const occurrences = occasion.decide(event, planned, memory.below(keysOf(occasion)));
    const cause = { partitionkey: event.partitionkey, causationid: event.id, now: fromIso(event.time) };
    return occurrences.flatMap((one) => {
      const group = memory.group(one.group);
      return group ? [messageEvent(one, group, cause)] : [];
    });
  }

  private toolsOf(memory: DeciderMemory, occasion: Occasion): PlanTools<unknown> {
    return { memory: memory.below(keysOf(occasion)), nextDue: this.nextDue };
  }

  /** RFC 3339: when the clock alone may make a message to a group due; null if never. */
  private wakeAt(group: GroupState): string | null {
    const [first = null] = this.occasions.all
      .flatMap((occasion) => occasion.plan?.wakeAt(plannedBy(occasion, group).plan) ?? [])
      .sort();
    return first;
  }
}

function plannedBy({ plan }: Occasion, { definition, plans }: GroupState): PlannedGroup<unknown> {
  return { definition, plan: plan && (plans[plan.field] ?? plan.none) };
}

function messageEvent(
  { messageId, group, channel, to, template, because, about, period }: Occurrence,
  { definition: { locale } }: Pick<GroupState, 'definition'>,
  cause: { readonly partitionkey: string; readonly causationid?: string; readonly now: Instant },
): MessageDecision {
  return decision(messageDecided, [messageId], {
    data: { messageId, group, channel, to: [...to], locale, template, reason: because, about, period, inPlaceOf: null },
    source: notificationsSource,
    subject: messageSubject(group, messageId),
    ...cause,
  });
}

import { isOneOf, type EventOf } from '../event-log/event-types.js';
import type { Recorded } from '../event-log/envelope.js';
import type { Instant } from '../shared/instant.js';
import { parseServerKey, serverKey } from '../shared/names.js';
import { settleAll } from '../shared/settle-all.js';
import type { Decider } from '../folding/decider.js';
import type { ViewTransaction } from '../store/view-store.adapter.js';
import type { AlarmDecision } from './alarm-decision.js';
import { judgeClock } from './judge-clock.js';
import { judgeRuleChange, ruleEventTypes, type RuleChange } from './judge-rules.js';
import { judgeServerEvent, serverEventTypesFor, type ServerEventTypeFor } from './judge-server.js';
import { allConditions, type ConditionSet } from './condition-set.js';
import type { ServerEvent, ServerEventDefinition } from './conditions/condition.js';
import { RuleBook } from './rule-book.js';
import * as rows from './rules.rows.js';
import { freshServer } from './server-state.js';

type RuleEventDefinition = (typeof ruleEventTypes)[number];
/** An event that the rules take, with conditions of all known kinds. */
export type RulesEvent = EventOf<RulesDecider['events'][number]>;

const serversPerWake = 1000;

/**
 * Judges servers by rules with conditions of some kinds: loads what a batch touches, folds the batch in memory, writes each row once. What was
 * handled already, by its place in the log, is passed over, so that a batch handled twice leaves what once leaves.
 */
export class ConditionsDecider<Heard extends ServerEventDefinition> implements Decider<
  ViewTransaction,
  RuleEventDefinition | ServerEventTypeFor<Heard>
> {
  readonly name = rows.decider;
  readonly events: readonly (RuleEventDefinition | ServerEventTypeFor<Heard>)[];
  private readonly serverEvents: readonly ServerEventDefinition[];

  constructor(private readonly conditions: ConditionSet<Heard>) {
    const serverEvents = serverEventTypesFor(conditions);
    this.serverEvents = serverEvents;
    this.events = [...ruleEventTypes, ...serverEvents];
  }

  /**
   * Per partition the rules as of one event. Reading a thousand of them for each batch would cost more than the batch. A transaction
   * that was rolled back, or another process, leaves another last event in the table: then they are read again.
   */
  private readonly known = new Map<number, { readonly lastEvent: string; readonly book: RuleBook }>();

  async handle(events: readonly Recorded[], tx: ViewTransaction, partition: number): Promise<readonly AlarmDecision[]> {
    const batch = await this.load(events, tx, partition);
    const decisions = events.flatMap(({ event, position: { offset } }) => {
      if (isOneOf(event, ruleEventTypes)) return takeRule(batch, event, offset);
      return isOneOf(event, this.serverEvents) ? takeServer(batch, event, offset) : [];
    });
    await this.save(batch, tx, partition);
    return decisions;
  }

  async wake(now: Instant, tx: ViewTransaction, partition: number): Promise<readonly AlarmDecision[]> {
    const due = await rows.loadDueServers(tx, partition, now, serversPerWake);
    if (due.length === 0) return [];
    const { book } = await this.loadRules(tx, partition);
    const servers = rows.serversIn(due, book);
    const decisions: AlarmDecision[] = [];
    for (const [key, state] of servers.states) {
      const address = parseServerKey(key);
      if (!address) continue;
      const step = judgeClock(address, state, book, now);
      servers.states.set(key, step.server);
      decisions.push(...step.decisions);
    }
    await rows.saveServers(tx, partition, servers, servers.states.keys(), book, now);
    return decisions;
  }

  private async load(events: readonly Recorded[], tx: ViewTransaction, partition: number): Promise<Batch> {
    // A rule may have an alarm on any server, and it may move the time at which any server is to be looked at again.
    const changesRules = events.some(({ event }) => isOneOf(event, ruleEventTypes));
    const [rules, servers] = await settleAll([
      this.loadRules(tx, partition),
      changesRules ? rows.loadAllServers(tx, partition) : rows.loadServers(tx, partition, this.serverKeys(events)),
    ]);
    return { ...rules, servers: rows.serversIn(servers, rules.book), touched: new Set(), changedRules: new Set() };
  }

  private async loadRules(
    tx: ViewTransaction,
    partition: number,
  ): Promise<{ read: rows.RulesRead | null; book: RuleBook }> {
    const read = await rows.loadRulesRead(tx, partition);
    if (!read) return { read, book: new RuleBook(undefined, this.conditions) };
    const known = this.known.get(partition);
    if (known?.lastEvent === read.lastEvent) return { read, book: known.book };
    const book = await rows.loadBook(tx, partition, this.conditions);
    this.known.set(partition, { lastEvent: read.lastEvent, book });
    return { read, book };
  }

  private async save(
    { read, book, changedRules, servers, touched }: Batch,
    tx: ViewTransaction,
    partition: number,
  ): Promise<void> {
    if (read && changedRules.size > 0) {
      await rows.saveRules(tx, partition, read, book, changedRules);
      this.known.set(partition, { lastEvent: read.lastEvent, book });
    }
    await rows.saveServers(tx, partition, servers, changedRules.size > 0 ? servers.states.keys() : touched, book);
  }

  private serverKeys(events: readonly Recorded[]): readonly string[] {
    const keys = new Set<string>();
    for (const { event } of events) {
      if (isOneOf(event, this.serverEvents)) keys.add(serverKey(event.data.site, event.data.server));
    }
    return [...keys];
  }
}

/** Judges by rules with conditions of all known kinds. */
export class RulesDecider extends ConditionsDecider<(typeof allConditions.hears)[number]> {
  constructor() {
    super(allConditions);
  }
}

/** What was loaded for a batch, and is changed while it is folded. */
interface Batch {
  read: rows.RulesRead | null;
  book: RuleBook;
  readonly servers: rows.Servers;
  /** Keys of servers that had an event. */
  readonly touched: Set<string>;
  /** Names of rules that were defined or retired. */
  readonly changedRules: Set<string>;
}

function takeRule(batch: Batch, event: RuleChange, offset: number): readonly AlarmDecision[] {
  if (offset <= (batch.read?.through ?? 0)) return [];
  const change = judgeRuleChange(batch.book, batch.servers.states, event);
  for (const [key, state] of change.servers) batch.servers.states.set(key, state);
  batch.book = change.book;
  batch.read = { through: offset, lastEvent: event.id };
  batch.changedRules.add(event.data.rule);
  return change.decisions;
}

function takeServer({ servers, book, touched }: Batch, event: ServerEvent, offset: number): readonly AlarmDecision[] {
  const key = serverKey(event.data.site, event.data.server);
  if (offset <= (servers.through.get(key) ?? 0)) return [];
  const step = judgeServerEvent(servers.states.get(key) ?? freshServer, event, book);
  servers.states.set(key, step.server);
  servers.through.set(key, offset);
  touched.add(key);
  return step.decisions;
}

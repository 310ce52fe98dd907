import type { Event } from '../event-log/envelope.js';
import { isOneOf, type EventOf } from '../event-log/event-types.js';
import type { alarmRaised, alarmCleared } from './rules.events.js';
import { fromIso, type Instant } from '../shared/instant.js';
import { parseServerKey, serverKey } from '../shared/names.js';
import type { AlarmDecision } from './alarm-decision.js';
import { judgeClock, wakesAt } from './judge-clock.js';
import { judgeServerEvent, serverEventTypesFor } from './judge-server.js';
import { allConditions, type ConditionSet } from './condition-set.js';
import { RuleBook, type Rule } from './rule-book.js';
import { freshServer, type ServerState } from './server-state.js';

/** One alarm that a rule would have raised, and how it would have ended. */
export interface TrialAlarm {
  readonly site: string;
  readonly server: string;
  /** RFC 3339. */
  readonly raisedAt: string;
  readonly raised: EventOf<typeof alarmRaised>['data'];
  /** Null: it would be at the end. */
  readonly cleared: { readonly at: string; readonly because: EventOf<typeof alarmCleared>['data']['because'] } | null;
}

/**
 * The alarms that a rule would have raised over these events, had it stood all the time, oldest first.
 * @param events in order per server; types that no rule listens to are passed over
 * @param until how far the clock continues behind the last event; without it, up to when that was recorded
 */
export function backtest(
  definition: Omit<Rule, 'conditionSetBy'>,
  events: Iterable<Event>,
  until?: Instant,
  conditions: ConditionSet = allConditions,
): TrialAlarm[] {
  const book = new RuleBook(undefined, conditions).with({ ...definition, conditionSetBy: 'trial' });
  const trialTypes = trialTypesFor(conditions);
  const servers = new Map<string, ServerState>();
  const decisions: AlarmDecision[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    if (!isOneOf(event, trialTypes)) continue;
    const now = fromIso(event.recordedtime);
    last = now;
    const key = serverKey(event.data.site, event.data.server);
    const atEvent = advance(key, servers.get(key) ?? freshServer, book, now, decisions);
    const step = judgeServerEvent(atEvent, event, book);
    decisions.push(...step.decisions);
    servers.set(key, said(step.server));
  }
  for (const [key, server] of servers) advance(key, server, book, until ?? last, decisions);
  return alarmsOf(decisions);
}

/** What was said in the past is no part of a trial: the rule is judged as if it had stood from the beginning. */
function trialTypesFor(conditions: ConditionSet) {
  return serverEventTypesFor(conditions).filter(({ type }) => type !== 'alarm.raised' && type !== 'alarm.cleared');
}

/** Lets the clock run up to `now`: what it shows is judged at the very moment at which it becomes true. */
function advance(
  key: string,
  server: ServerState,
  book: RuleBook,
  now: Instant,
  decisions: AlarmDecision[],
): ServerState {
  const address = parseServerKey(key);
  const due = address && wakesAt(address, server, book);
  if (!address || due === null || due > now) return server;
  const step = judgeClock(address, server, book, due);
  decisions.push(...step.decisions);
  return advance(key, said(step.server), book, now, decisions);
}

/** There is no log that the decisions would be read back from. */
function said(server: ServerState): ServerState {
  return { ...server, awaited: freshServer.awaited };
}

function alarmsOf(decisions: readonly AlarmDecision[]): TrialAlarm[] {
  const alarms = new Map<string, TrialAlarm>();
  for (const event of decisions) {
    const { alarmId, site, server } = event.data;
    const alarm = alarms.get(alarmId);
    if (event.type === 'alarm.raised') {
      alarms.set(alarmId, { site, server, raisedAt: event.time, raised: event.data, cleared: null });
    } else if (alarm) {
      alarms.set(alarmId, { ...alarm, cleared: { at: event.time, because: event.data.because } });
    }
  }
  // eslint-disable-next-line no-restricted-syntax -- a list for people, of several servers, between which the log has no order
  return [...alarms.values()].sort((a, b) => (a.raisedAt < b.raisedAt ? -1 : a.raisedAt > b.raisedAt ? 1 : 0));
}

import type { ServerAddress } from '../shared/address.js';
import type { Instant } from '../shared/instant.js';
import { isAhead } from '../shared/log-time.js';
import type { AlarmDecision } from './alarm-decision.js';
import { placeOf } from './alarm-place.js';
import type { AnyConditionKind } from './condition-set.js';
import { heldForMs, type Sight } from './conditions/condition.js';
import type { RuleBook } from './rule-book.js';
import {
  alarmStateAt,
  memoryOf,
  raisedAt,
  withAwaited,
  type AwaitedDecision,
  type ServerState,
} from './server-state.js';
import { observed, unchanged, type Step } from './step.js';

/** The relay takes milliseconds; what has not come back after so long was lost with the outbox. */
const awaitedMs = 60_000;

/** What follows on one server from the mere fact that it is `now`. */
export function judgeClock(address: ServerAddress, server: ServerState, book: RuleBook, now: Instant): Step {
  const scene = { ...address, now, cause: null };
  const judged = book.conditions.kinds.reduce((step, kind) => {
    const shown = kind.clock?.shows(now, sightOf(address, step.server, kind, book)) ?? [];
    return observed(step, scene, kind, shown, book);
  }, unchanged(server));
  const again = toSayAgain(judged.server).filter(({ saidAt }) => saidAt + awaitedMs <= now || isAhead(saidAt, now));
  return {
    server: again.reduce((next, { event }) => withAwaited(next, event, now), judged.server),
    decisions: [...judged.decisions, ...again.map(({ event }) => event)],
  };
}

/**
 * When the clock alone may next change something on a server; null if never.
 * @param now without it, as the server's last event shows it
 */
export function wakesAt(
  address: ServerAddress,
  server: ServerState,
  book: RuleBook,
  now: Instant = Number.POSITIVE_INFINITY,
): Instant | null {
  const alarms = book.conditions.kinds.flatMap((kind) =>
    (kind.clock?.begins(now, sightOf(address, server, kind, book)) ?? []).flatMap(({ rule, subject, at }) => {
      const state = alarmStateAt(server, placeOf(rule.name, subject));
      if (state.kind === 'raised') return [];
      return [state.kind === 'pending' ? state.since + (heldForMs(rule.when) ?? 0) : at];
    }),
  );
  const repeats = toSayAgain(server).map(({ saidAt }) => saidAt + awaitedMs);
  return [...alarms, ...repeats].reduce<Instant | null>((first, at) => Math.min(first ?? at, at), null);
}

function sightOf(
  address: ServerAddress,
  server: ServerState,
  kind: AnyConditionKind,
  book: RuleBook,
): Sight<object, unknown> {
  return { memory: memoryOf(server, kind), rules: (key) => book.rulesOn(kind, key, address) };
}

/**
 * Decisions that may have been lost with the outbox, together with the state: an alarm that stands raised here, and the
 * end of one that stands raised in the log. What began and ended unsaid is history, and history is silent.
 */
function toSayAgain(server: ServerState): readonly AwaitedDecision[] {
  const unsaid = new Set([...server.awaited.values()].map(({ event }) => keyOf(event)));
  return [...server.awaited.values()].filter(({ event }) => {
    const { alarmId, rule } = event.data;
    if (event.type === 'alarm.cleared') return !unsaid.has(`alarm.raised ${alarmId}`);
    return raisedAt(server, rule, alarmId) !== null;
  });
}

function keyOf({ type, data }: AlarmDecision): string {
  return `${type} ${data.alarmId}`;
}

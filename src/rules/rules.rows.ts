import { z } from 'zod';
import { describeError, WardroundError } from '../shared/errors.js';
import { toIso, type Instant } from '../shared/instant.js';
import { parseServerKey, serverKey } from '../shared/names.js';
import { DeciderStates, type KeyedState } from '../folding/decider-states.adapter.js';
import type { ViewTransaction } from '../store/view-store.adapter.js';
import { wakesAt } from './judge-clock.js';
import type { ConditionSet } from './condition-set.js';
import { ruleDefinitionWith } from './rule.js';
import { RuleBook, type Rule } from './rule-book.js';
import { decodeServer, encodeServer, type ServerState } from './server-state.js';

/**
 * The rules' rows in `decider_states`, in each partition: one for each rule, one for each server of the partition, and one
 * that says how far the rules are.
 */
export const decider = 'rules';
const rulesReadKey = 'rules';
const ruleKeyPrefix = 'rule/';

const rulesReadSchema = z.strictObject({ through: z.number(), lastEvent: z.string() });
/** Up to which offset definitions are in the rows, and the id of the last of them. */
export type RulesRead = z.infer<typeof rulesReadSchema>;

const serverRowSchema = z.strictObject({ through: z.number(), server: z.unknown() });

/** Servers by key. */
export interface Servers {
  readonly states: Map<string, ServerState>;
  /** The offset up to which a server's events are in its state. */
  readonly through: Map<string, number>;
}

export async function loadRulesRead(tx: ViewTransaction, partition: number): Promise<RulesRead | null> {
  const [row] = await statesIn(tx, partition).of([rulesReadKey]);
  return row ? decoded(row, () => rulesReadSchema.parse(row.state)) : null;
}

export async function loadBook(tx: ViewTransaction, partition: number, conditions: ConditionSet): Promise<RuleBook> {
  const schema = z.strictObject({ definition: ruleDefinitionWith(conditions.schema), conditionSetBy: z.string() });
  const rules = new Map<string, Rule>();
  for (const row of await statesIn(tx, partition).below(ruleKeyPrefix)) {
    const { definition, conditionSetBy } = decoded(row, () => schema.parse(row.state));
    const name = row.key.slice(ruleKeyPrefix.length);
    rules.set(name, { ...definition, name, conditionSetBy });
  }
  return new RuleBook(rules, conditions);
}

export async function saveRules(
  tx: ViewTransaction,
  partition: number,
  read: RulesRead,
  book: RuleBook,
  names: Iterable<string>,
): Promise<void> {
  const rows = [keyed(rulesReadKey, read)];
  const retired: string[] = [];
  for (const name of names) {
    const rule = book.get(name);
    if (rule) rows.push(keyed(`${ruleKeyPrefix}${name}`, storedRule(rule)));
    else retired.push(`${ruleKeyPrefix}${name}`);
  }
  const states = statesIn(tx, partition);
  await states.write(rows);
  await states.remove(retired);
}

function storedRule({ conditionSetBy, ...definition }: Rule): object {
  return { definition, conditionSetBy };
}

export function loadServers(
  tx: ViewTransaction,
  partition: number,
  keys: readonly string[],
): Promise<readonly KeyedState[]> {
  return statesIn(tx, partition).of(keys);
}

export function loadAllServers(tx: ViewTransaction, partition: number): Promise<readonly KeyedState[]> {
  return statesIn(tx, partition).below(serverKey('%', ''));
}

/** Those that the clock may change something on by `now`; those that wait longest first. */
export function loadDueServers(
  tx: ViewTransaction,
  partition: number,
  now: Instant,
  most: number,
): Promise<readonly KeyedState[]> {
  return statesIn(tx, partition).due(now, most);
}

export async function saveServers(
  tx: ViewTransaction,
  partition: number,
  { states, through }: Servers,
  keys: Iterable<string>,
  book: RuleBook,
  now?: Instant,
): Promise<void> {
  const rows = [...keys].flatMap((key) => {
    const state = states.get(key);
    const address = parseServerKey(key);
    if (!state || !address) return [];
    return [
      keyed(
        key,
        { through: through.get(key) ?? 0, server: encodeServer(state, book.conditions) },
        wakesAt(address, state, book, now),
      ),
    ];
  });
  await statesIn(tx, partition).write(rows);
}

/** @throws WardroundError `internal` if a row cannot be read */
export function serversIn(rows: readonly KeyedState[], book: RuleBook): Servers {
  const found: Servers = { states: new Map(), through: new Map() };
  for (const row of rows) {
    const name = parseServerKey(row.key)?.server ?? '';
    const { through, state } = decoded(row, () => {
      const stored = serverRowSchema.parse(row.state);
      return { through: stored.through, state: decodeServer(stored.server, name, book) };
    });
    found.states.set(row.key, state);
    found.through.set(row.key, through);
  }
  return found;
}

function statesIn(tx: ViewTransaction, partition: number): DeciderStates {
  return new DeciderStates(tx, decider, partition);
}

function keyed(key: string, state: unknown, wakeAt: Instant | null = null): KeyedState {
  return { key, state, wakeAt: wakeAt === null ? null : toIso(wakeAt) };
}

function decoded<State>(row: KeyedState, decode: () => State): State {
  try {
    return decode();
  } catch (error) {
    throw new WardroundError(
      'internal',
      `the state of the rules under "${row.key}" cannot be read: ${describeError(error)}`,
      'Delete the rows of "rules" in decider_states, checkpoints and silences; they are rebuilt from the log',
      { cause: error },
    );
  }
}

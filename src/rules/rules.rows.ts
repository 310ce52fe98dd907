import { In, LessThanOrEqual, Like } from 'typeorm';
import { z } from 'zod';
import { describeError, WardroundError } from '../shared/errors.js';
import { toIso, type Instant } from '../shared/instant.js';
import { parseServerKey, serverKey } from '../shared/names.js';
import { deciderStateTable, type DeciderStateRow } from '../store/bookkeeping.entity.js';
import { upsert } from '../store/upsert.adapter.js';
import type { ViewTransaction } from '../store/view-store.adapter.js';
import { wakesAt } from './judge-clock.js';
import { ruleDefinitionSchema } from './rule.js';
import { RuleBook, type Rule } from './rule-book.js';
import { decodeServer, encodeServer, type ServerState } from './server-state.js';

/**
 * The rules' rows in `decider_states`, in each partition: one for each rule, one for each server of the partition, and one
 * that says how far the rules are.
 */
export const decider = 'rules';
const rulesReadKey = 'rules';
const ruleKeyPrefix = 'rule/';

/** SQLite takes at most 32,766 parameters in one statement. */
const keysPerQuery = 10_000;

const rulesReadSchema = z.strictObject({ through: z.number(), lastEvent: z.string() });
/** Up to which offset definitions are in the rows, and the id of the last of them. */
export type RulesRead = z.infer<typeof rulesReadSchema>;

const ruleRowSchema = z.strictObject({ definition: ruleDefinitionSchema, conditionSetBy: z.string() });
const serverRowSchema = z.strictObject({ through: z.number(), server: z.unknown() });

/** Servers by key. */
export interface Servers {
  readonly states: Map<string, ServerState>;
  /** The offset up to which a server's events are in its state. */
  readonly through: Map<string, number>;
}

export async function loadRulesRead(tx: ViewTransaction, partition: number): Promise<RulesRead | null> {
  const row = await tx.findOne(deciderStateTable, { where: { decider, partition, key: rulesReadKey } });
  return row && decoded(row, () => rulesReadSchema.parse(row.state));
}

export async function loadBook(tx: ViewTransaction, partition: number): Promise<RuleBook> {
  const rules = new Map<string, Rule>();
  for (const row of await tx.find(deciderStateTable, {
    where: { decider, partition, key: Like(`${ruleKeyPrefix}%`) },
  })) {
    const { definition, conditionSetBy } = decoded(row, () => ruleRowSchema.parse(row.state));
    const name = row.key.slice(ruleKeyPrefix.length);
    rules.set(name, { ...definition, name, conditionSetBy });
  }
  return new RuleBook(rules);
}

export async function saveRules(
  tx: ViewTransaction,
  partition: number,
  read: RulesRead,
  book: RuleBook,
  names: Iterable<string>,
): Promise<void> {
  const rows = [stateRow(partition, rulesReadKey, read)];
  const retired: string[] = [];
  for (const name of names) {
    const rule = book.get(name);
    if (rule) rows.push(stateRow(partition, `${ruleKeyPrefix}${name}`, storedRule(rule)));
    else retired.push(`${ruleKeyPrefix}${name}`);
  }
  await upsert(tx, deciderStateTable, rows);
  if (retired.length > 0) await tx.delete(deciderStateTable, { decider, partition, key: In(retired) });
}

function storedRule({ conditionSetBy, ...definition }: Rule): z.input<typeof ruleRowSchema> {
  return { definition, conditionSetBy };
}

export async function loadServers(
  tx: ViewTransaction,
  partition: number,
  keys: readonly string[],
): Promise<readonly DeciderStateRow[]> {
  const rows: DeciderStateRow[] = [];
  for (let start = 0; start < keys.length; start += keysPerQuery) {
    const key = In(keys.slice(start, start + keysPerQuery));
    rows.push(...(await tx.find(deciderStateTable, { where: { decider, partition, key } })));
  }
  return rows;
}

export function loadAllServers(tx: ViewTransaction, partition: number): Promise<readonly DeciderStateRow[]> {
  return tx.find(deciderStateTable, { where: { decider, partition, key: Like(serverKey('%', '%')) } });
}

/** Those that the clock may change something on by `now`; those that wait longest first. */
export function loadDueServers(
  tx: ViewTransaction,
  partition: number,
  now: Instant,
  most: number,
): Promise<readonly DeciderStateRow[]> {
  const where = { decider, partition, wakeAt: LessThanOrEqual(toIso(now)) };
  return tx.find(deciderStateTable, { where, order: { wakeAt: 'ASC', key: 'ASC' }, take: most });
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
    if (!state) return [];
    return [
      stateRow(
        partition,
        key,
        { through: through.get(key) ?? 0, server: encodeServer(state) },
        wakesAt(state, book, now),
      ),
    ];
  });
  await upsert(tx, deciderStateTable, rows);
}

/** @throws WardroundError `internal` if a row cannot be read */
export function serversIn(rows: readonly DeciderStateRow[], book: RuleBook): Servers {
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

function stateRow(partition: number, key: string, state: unknown, wakeAt: Instant | null = null): DeciderStateRow {
  return { decider, partition, key, state, wakeAt: wakeAt === null ? null : toIso(wakeAt) };
}

function decoded<State>(row: DeciderStateRow, decode: () => State): State {
  try {
    return decode();
  } catch (error) {
    throw new WardroundError(
      'internal',
      `what the rules remember under "${row.key}" cannot be read: ${describeError(error)}`,
      'Delete the rows of "rules" in decider_states, checkpoints and silences; they are folded anew from the log',
      { cause: error },
    );
  }
}

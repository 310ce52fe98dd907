import { In, type EntitySchema, type FindOptionsWhere, type ObjectLiteral } from 'typeorm';
import { upsert } from '../store/upsert.adapter.js';
import type { ViewTransaction } from '../store/view-store.adapter.js';

/** SQLite takes at most 32,766 parameters in one statement. */
const keysPerQuery = 10_000;

/**
 * Folds a batch of events into rows that are found by one key column: loads the touched rows, folds in memory, writes
 * each row once, and deletes those that the fold ended. What is left does not depend on how the log is cut into batches.
 * @param keyOf the key of the row that an event is about
 * @param fold what an event makes of its row (undefined where there is none); undefined ends the row
 */
export async function foldRows<Row extends ObjectLiteral, E>(
  tx: ViewTransaction,
  table: EntitySchema<Row>,
  column: keyof Row & string,
  events: readonly E[],
  keyOf: (event: E) => string,
  fold: (row: Row | undefined, event: E) => Row | undefined,
): Promise<void> {
  const keys = [...new Set(events.map(keyOf))];
  const rows = new Map<string, Row>();
  for (let start = 0; start < keys.length; start += keysPerQuery) {
    const where = { [column]: In(keys.slice(start, start + keysPerQuery)) } as FindOptionsWhere<Row>;
    for (const row of await tx.find(table, { where })) rows.set(String(row[column]), row);
  }
  for (const event of events) {
    const key = keyOf(event);
    const row = fold(rows.get(key), event);
    if (row) rows.set(key, row);
    else rows.delete(key);
  }
  await upsert(tx, table, [...rows.values()]);
  const ended = keys.filter((key) => !rows.has(key));
  for (let start = 0; start < ended.length; start += keysPerQuery) {
    await tx.delete(table, { [column]: In(ended.slice(start, start + keysPerQuery)) });
  }
}

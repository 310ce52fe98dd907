import type { ObjectLiteral } from 'typeorm';
import type { EventLog } from '../event-log/event-log.js';
import { fromIso, type Instant } from '../shared/instant.js';
import type { View } from './view.adapter.js';

/**
 * The rows of a view as they were at a moment: the same fold over what the log held by then. Order is the log's order;
 * the moment counts by when events were recorded.
 * @returns by the name of the table
 */
export async function asOf(
  view: View,
  log: EventLog,
  moment: Instant,
): Promise<ReadonlyMap<string, readonly ObjectLiteral[]>> {
  const tables = view.tables.map((table) => ({ table, rows: new Map<string, ObjectLiteral>() }));
  for await (const batch of log.read({ types: view.types })) {
    const known = batch.filter(({ event }) => fromIso(event.recordedtime) <= moment);
    for (const { table, rows } of tables) table.foldInto(rows, known);
  }
  return new Map(tables.map(({ table, rows }) => [table.entity.options.name, [...rows.values()]]));
}

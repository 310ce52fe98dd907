import { In, type EntitySchema, type FindOptionsWhere, type ObjectLiteral } from 'typeorm';
import type { Recorded } from '../event-log/envelope.js';
import { isOneOf, typesOf, type EventDefinition, type EventOf } from '../event-log/event-types.js';
import { settleAll } from '../shared/settle-all.js';
import { rowsByKey } from '../store/rows-by-key.adapter.js';
import { upsert } from '../store/upsert.adapter.js';
import type { ViewTransaction } from '../store/view-store.adapter.js';

/**
 * A view: tables that are folded from events, declared by {@link defineView}. Folding a batch twice leaves what folding it
 * once leaves, and what is left does not depend on how the log is cut into batches.
 */
export interface View {
  /** Also the view's name for people: `wardround views rebuild <name>`. */
  readonly name: string;
  /** Raised when the fold or the tables change; then the view is rebuilt at the next start. */
  readonly version: number;
  /** The types of events that it takes. */
  readonly types: readonly string[];
  readonly tables: readonly ViewTable[];
}

/** One table of a view, and how events change its rows. */
export interface ViewTable {
  readonly entity: EntitySchema;
  readonly types: readonly string[];
  /** Folds those events of a batch that are its own: loads the rows that they touch, and writes each once. */
  fold(batch: readonly Recorded[], tx: ViewTransaction): Promise<void>;
  /** The same in memory, for the table as of a moment. @param rows by the text of their keys */
  foldInto(rows: Map<string, ObjectLiteral>, batch: readonly Recorded[]): void;
}

export function defineView(declared: Omit<View, 'types'>): View {
  return { ...declared, types: [...new Set(declared.tables.flatMap(({ types }) => types))] };
}

/** Names of the tables of views. */
export function tableNames(views: readonly View[]): readonly string[] {
  return views.flatMap(({ tables }) => tables.map(({ entity }) => entity.options.name));
}

/** The view's own events of a batch, folded. @returns whether there were any */
export async function foldBatch(view: View, batch: readonly Recorded[], tx: ViewTransaction): Promise<boolean> {
  const types = new Set(view.types);
  const own = batch.filter(({ event }) => types.has(event.type));
  if (own.length > 0) await settleAll(view.tables.map((table) => table.fold(own, tx)));
  return own.length > 0;
}

/** How events change the rows of a table, each of which has one key. */
export interface RowFold<Row, Definition extends EventDefinition> {
  readonly events: readonly Definition[];
  /** The primary key, all of it, of the row that an event is about. */
  key(event: EventOf<Definition>): Partial<Row>;
  /**
   * What an event makes of its row.
   * @param row undefined where there is none
   * @param place of the event in its partition of the log
   * @returns undefined ends the row
   */
  fold(row: Row | undefined, event: EventOf<Definition>, place: number): Row | undefined;
}

/** A table whose rows change with events. */
export function foldedTable<Row extends ObjectLiteral, Definition extends EventDefinition>(
  entity: EntitySchema<Row>,
  { events, key, fold }: RowFold<Row, Definition>,
): ViewTable {
  const columns = keyColumns(entity);
  const keyText = (row: Partial<Row>): string => columns.map((column) => String(row[column])).join('\n');
  const isOwn = ownEvents(events);
  const foldInto = (rows: Map<string, Row>, batch: readonly Recorded[]): void => {
    for (const { event, position } of batch.filter(isOwn)) {
      const text = keyText(key(event));
      const row = fold(rows.get(text), event, position.offset);
      if (row) rows.set(text, row);
      else rows.delete(text);
    }
  };
  return {
    entity,
    types: typesOf(events),
    foldInto: (rows, batch) => foldInto(rows as Map<string, Row>, batch),
    async fold(batch, tx) {
      const keys = new Map<string, Partial<Row>>();
      for (const { event } of batch.filter(isOwn)) {
        const own = key(event);
        keys.set(keyText(own), own);
      }
      const rows = new Map<string, Row>();
      for (const row of await rowsByKey(tx, entity, [...keys.values()])) rows.set(keyText(row), row);
      const before = new Set(rows.keys());
      foldInto(rows, batch);
      await upsert(tx, entity, [...rows.values()]);
      const ended = [...keys].flatMap(([text, own]) => (before.has(text) && !rows.has(text) ? [own] : []));
      for (const where of wherever(columns, ended)) await tx.delete(entity, where);
    },
  };
}

/** A table to which events only add rows. */
export function addedTable<Row extends ObjectLiteral, Definition extends EventDefinition>(
  entity: EntitySchema<Row>,
  {
    events,
    rows: rowsOf,
  }: { readonly events: readonly Definition[]; rows(event: EventOf<Definition>): readonly Row[] },
): ViewTable {
  const columns = keyColumns(entity);
  const isOwn = ownEvents(events);
  const added = (batch: readonly Recorded[]): Row[] => batch.filter(isOwn).flatMap(({ event }) => rowsOf(event));
  return {
    entity,
    types: typesOf(events),
    fold: (batch, tx) => upsert(tx, entity, added(batch)),
    foldInto(rows, batch) {
      for (const row of added(batch)) rows.set(columns.map((column) => String(row[column])).join('\n'), row);
    },
  };
}

function ownEvents<Definition extends EventDefinition>(events: readonly Definition[]) {
  return (recorded: Recorded): recorded is Recorded<EventOf<Definition>> => isOneOf(recorded.event, events);
}

function keyColumns<Row extends ObjectLiteral>({ options }: EntitySchema<Row>): readonly (keyof Row & string)[] {
  return Object.entries(options.columns).flatMap(([name, column]) =>
    column?.primary ? [name as keyof Row & string] : [],
  );
}

/** SQLite takes at most 32,766 parameters in one statement. */
const parametersPerQuery = 10_000;

/** Conditions that together find the rows of these keys. */
function* wherever<Row extends ObjectLiteral>(
  columns: readonly (keyof Row & string)[],
  keys: readonly Partial<Row>[],
): Generator<FindOptionsWhere<Row> | FindOptionsWhere<Row>[]> {
  const [only, ...others] = columns;
  const perQuery = Math.floor(parametersPerQuery / columns.length);
  for (let start = 0; start < keys.length; start += perQuery) {
    const some = keys.slice(start, start + perQuery);
    if (only !== undefined && others.length === 0) {
      yield { [only]: In(some.map((key) => key[only])) } as FindOptionsWhere<Row>;
    } else yield some;
  }
}

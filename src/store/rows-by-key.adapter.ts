import type { EntityManager, EntityMetadata, EntitySchema, ObjectLiteral } from 'typeorm';
import { arrayType, escapedName, StatementTexts } from './statement-texts.adapter.js';

/**
 * SQLite: keys per statement. Any number of keys is asked for with few texts, and the driver finds each prepared; where keys
 * are fewer, the last one stands several times. SQLite takes at most 32,766 parameters in one statement.
 */
const sizes = [1, 4, 16, 64, 256, 1024] as const;
const mostKeys = 1024;

/** PostgreSQL: keys per statement, which has one parameter a column, however many keys. */
const keysPerArray = 10_000;

const statements = new StatementTexts();

/**
 * The rows with these primary keys, in no order. Of a key that is named several times, the row comes once.
 *
 * The statements are written out here, as in {@link upsert}: TypeORM's builder makes text and parameters again at each
 * call, which was a sixth of what an event costs.
 */
export async function rowsByKey<Row extends ObjectLiteral>(
  tx: EntityManager,
  table: EntitySchema<Row>,
  keys: readonly Partial<Row>[],
): Promise<readonly Row[]> {
  const metadata = tx.dataSource.getMetadata(table);
  const isPostgres = tx.dataSource.options.type === 'postgres';
  const most = isPostgres ? keysPerArray : mostKeys;
  const found: Row[] = [];
  for (let start = 0; start < keys.length; start += most) {
    const some = keys.slice(start, start + most);
    const rows: readonly ObjectLiteral[] = isPostgres
      ? await tx.query(statements.of(metadata, 0, arraysText), arraysOf(metadata, some))
      : await tx.query(...rowsQuestion(metadata, some));
    for (const row of rows) found.push(hydrated<Row>(metadata, row));
  }
  return found;
}

function rowsQuestion(metadata: EntityMetadata, keys: readonly ObjectLiteral[]): [text: string, values: unknown[]] {
  const size = sizes.find((candidate) => candidate >= keys.length) ?? mostKeys;
  const values: unknown[] = [];
  for (let index = 0; index < size; index++) {
    const key = keys[Math.min(index, keys.length - 1)] ?? {};
    for (const column of metadata.primaryColumns) values.push(persistent(metadata, column, key));
  }
  return [statements.of(metadata, size, valuesText), values];
}

function arraysOf(metadata: EntityMetadata, keys: readonly ObjectLiteral[]): unknown[] {
  return metadata.primaryColumns.map((column) => keys.map((key) => persistent(metadata, column, key)));
}

type Column = EntityMetadata['columns'][number];

function persistent({ dataSource }: EntityMetadata, column: Column, key: ObjectLiteral): unknown {
  return dataSource.driver.preparePersistentValue(key[column.propertyName], column);
}

function hydrated<Row extends ObjectLiteral>({ dataSource, columns }: EntityMetadata, row: ObjectLiteral): Row {
  const entity: ObjectLiteral = {};
  for (const column of columns) {
    const value: unknown = dataSource.driver.prepareHydratedValue(row[column.databaseName], column);
    entity[column.propertyName] = value;
  }
  return entity as Row;
}

function valuesText(metadata: EntityMetadata, size: number): string {
  const key = `(${metadata.primaryColumns.map(() => '?').join(', ')})`;
  return selectText(metadata, `VALUES ${Array.from({ length: size }, () => key).join(', ')}`);
}

function arraysText(metadata: EntityMetadata): string {
  const arrays = metadata.primaryColumns.map((column, index) => `$${index + 1}::${arrayType(column.type)}[]`);
  return selectText(metadata, `SELECT * FROM unnest(${arrays.join(', ')})`);
}

/** `WHERE (…) IN (…)`, which SQLite and PostgreSQL understand alike, and for which both use the index of the key. */
function selectText({ dataSource, tableName, columns, primaryColumns }: EntityMetadata, keys: string): string {
  const { driver } = dataSource;
  const names = (some: readonly Column[]) => some.map((column) => escapedName(driver, column)).join(', ');
  return `SELECT ${names(columns)} FROM ${driver.escape(tableName)} WHERE (${names(primaryColumns)}) IN (${keys})`;
}

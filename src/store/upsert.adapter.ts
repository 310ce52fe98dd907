import type { EntityManager, EntityMetadata, EntitySchema, ObjectLiteral } from 'typeorm';
import { storableText } from '../shared/storable-text.js';
import { arrayType, escapedName, StatementTexts } from './statement-texts.adapter.js';

/**
 * SQLite: rows per statement. Each one half of the one before, so that any number of rows is written with few texts, and the
 * driver finds each prepared. SQLite takes at most 32,766 parameters in one statement.
 */
const sizes = [256, 128, 64, 32, 16, 8, 4, 2, 1] as const;

/** PostgreSQL: rows per statement, which has one parameter a column, however many rows. */
const rowsPerArray = 5_000;

const statements = new StatementTexts();

/**
 * Writes each row once: new ones are inserted, those whose key is there already are replaced. Of two rows with one key the
 * later counts.
 *
 * The statements are written out here, since TypeORM's builder makes its text and names every parameter again at each
 * call: a replay of the log was three times slower with it.
 */
export async function upsert<Row extends ObjectLiteral>(
  tx: EntityManager,
  table: EntitySchema<Row>,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const metadata = tx.dataSource.getMetadata(table);
  if (tx.dataSource.options.type === 'postgres') await upsertArrays(tx, metadata, rows);
  else await upsertRows(tx, metadata, rows);
}

async function upsertRows(tx: EntityManager, metadata: EntityMetadata, all: readonly ObjectLiteral[]): Promise<void> {
  const { driver } = tx.dataSource;
  const rows = inOrderOfKeys(metadata, all);
  let start = 0;
  for (const size of sizes) {
    while (rows.length - start >= size) {
      const values: unknown[] = [];
      for (const row of rows.slice(start, start + size)) {
        for (const column of metadata.columns) {
          const value: unknown = driver.preparePersistentValue(row[column.propertyName], column);
          values.push(value ?? null);
        }
      }
      await tx.query(statements.of(metadata, size, rowsText), values);
      start += size;
    }
  }
}

/** Neighbours in a table's index are written together: a replay writes its rows in three quarters of the time that way. */
function inOrderOfKeys(metadata: EntityMetadata, rows: readonly ObjectLiteral[]): readonly ObjectLiteral[] {
  const keys = metadata.primaryColumns.map(({ propertyName }) => propertyName);
  return [...rows].sort((a, b) => {
    for (const key of keys) {
      if (a[key] < b[key]) return -1;
      if (a[key] > b[key]) return 1;
    }
    return 0;
  });
}

async function upsertArrays(tx: EntityManager, metadata: EntityMetadata, all: readonly ObjectLiteral[]): Promise<void> {
  const { driver } = tx.dataSource;
  const rows = lastOfEachKey(metadata, all);
  for (let start = 0; start < rows.length; start += rowsPerArray) {
    const some = rows.slice(start, start + rowsPerArray);
    const arrays = metadata.columns.map((column) =>
      some.map((row): unknown => storable(driver.preparePersistentValue(row[column.propertyName], column))),
    );
    await tx.query(statements.of(metadata, 0, arraysText), arrays);
  }
}

/** PostgreSQL refuses a statement that writes a row twice. */
function lastOfEachKey(metadata: EntityMetadata, rows: readonly ObjectLiteral[]): readonly ObjectLiteral[] {
  if (rows.length < 2) return rows;
  const keys = metadata.primaryColumns.map(({ propertyName }) => propertyName);
  const last = new Map(rows.map((row) => [JSON.stringify(keys.map((key): unknown => row[key])), row]));
  return last.size === rows.length ? rows : [...last.values()];
}

function storable(value: unknown): unknown {
  return typeof value === 'string' ? storableText(value) : (value ?? null);
}

function rowsText(metadata: EntityMetadata, size: number): string {
  const { driver } = metadata.dataSource;
  let parameter = 0;
  const row = () => `(${metadata.columns.map(() => driver.createParameter('', parameter++)).join(', ')})`;
  return upsertText(metadata, `VALUES ${Array.from({ length: size }, row).join(', ')}`);
}

function arraysText(metadata: EntityMetadata): string {
  const arrays = metadata.columns.map((column, index) => `$${index + 1}::${arrayType(column.type)}[]`);
  return upsertText(metadata, `SELECT * FROM unnest(${arrays.join(', ')})`);
}

/** `INSERT … ON CONFLICT … DO UPDATE`, which SQLite and PostgreSQL understand alike. */
function upsertText({ dataSource, tableName, columns, primaryColumns }: EntityMetadata, source: string): string {
  const { driver } = dataSource;
  const name = (column: { databaseName: string }) => escapedName(driver, column);
  const replaced = columns
    .filter(({ isPrimary }) => !isPrimary)
    .map((column) => `${name(column)} = excluded.${name(column)}`)
    .join(', ');
  return `INSERT INTO ${driver.escape(tableName)} (${columns.map(name).join(', ')})
    ${source}
    ON CONFLICT (${primaryColumns.map(name).join(', ')}) DO UPDATE SET ${replaced}`;
}

import type { EntityManager, EntityMetadata, EntitySchema, ObjectLiteral } from 'typeorm';

/**
 * Rows per statement: each one half of the one before, so that any number of rows is written with few texts, and the
 * driver finds each prepared. SQLite takes at most 32,766 parameters in one statement.
 */
const sizes = [256, 128, 64, 32, 16, 8, 4, 2, 1] as const;

/** A table's statements by their number of rows. The metadata belong to one data source, and so to one kind of database. */
const statements = new WeakMap<EntityMetadata, Map<number, string>>();

/**
 * Writes each row once: new ones are inserted, those whose key is there already are replaced.
 *
 * The statements are written out here, since TypeORM's builder makes its text and names every parameter anew at each call:
 * a replay of the log was three times slower with it.
 */
export async function upsert<Row extends ObjectLiteral>(
  tx: EntityManager,
  table: EntitySchema<Row>,
  rows: readonly Row[],
): Promise<void> {
  const metadata = tx.dataSource.getMetadata(table);
  const { driver } = tx.dataSource;
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
      await tx.query(statement(metadata, size), values);
      start += size;
    }
  }
}

function statement(metadata: EntityMetadata, size: number): string {
  const known = statements.get(metadata) ?? new Map<number, string>();
  statements.set(metadata, known);
  const text = known.get(size) ?? statementText(metadata, size);
  known.set(size, text);
  return text;
}

/** `INSERT … ON CONFLICT … DO UPDATE`, which SQLite and PostgreSQL understand alike; only their placeholders differ. */
function statementText({ dataSource, tableName, columns, primaryColumns }: EntityMetadata, size: number): string {
  const { driver } = dataSource;
  const name = (column: { databaseName: string }) => driver.escape(column.databaseName);
  const others = columns.filter(({ isPrimary }) => !isPrimary);
  let parameter = 0;
  const row = () => `(${columns.map(() => driver.createParameter('', parameter++)).join(', ')})`;
  const replaced = others.map((column) => `${name(column)} = excluded.${name(column)}`).join(', ');
  return `INSERT INTO ${driver.escape(tableName)} (${columns.map(name).join(', ')})
    VALUES ${Array.from({ length: size }, row).join(', ')}
    ON CONFLICT (${primaryColumns.map(name).join(', ')}) DO UPDATE SET ${replaced}`;
}

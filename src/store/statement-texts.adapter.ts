import type { DataSource, EntityMetadata } from 'typeorm';

/**
 * The texts of one kind of statement, made once for each table and number of rows. The metadata of a table belong to one data
 * source, and so to one kind of database.
 */
export class StatementTexts {
  private readonly texts = new WeakMap<EntityMetadata, Map<number, string>>();

  of(metadata: EntityMetadata, size: number, write: (metadata: EntityMetadata, size: number) => string): string {
    const known = this.texts.get(metadata) ?? new Map<number, string>();
    this.texts.set(metadata, known);
    const text = known.get(size) ?? write(metadata, size);
    known.set(size, text);
    return text;
  }
}

export function escapedName(driver: DataSource['driver'], column: { readonly databaseName: string }): string {
  return driver.escape(column.databaseName);
}

/** PostgreSQL's type of an array's items for a column's type. */
export function arrayType(type: unknown): string {
  return type === 'integer' || type === 'bigint' || type === 'double precision' || type === 'boolean' ? type : 'text';
}

import { Table, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

const name = 'clock_jumps';
const texts = ['installation', 'computer', 'against', 'expected', 'shown'];
const optional = ['endedBecause', 'endedBy', 'endedAt'];
const numbers = ['ms', 'logPlace', 'endedPlace'];

/** Jumps of computers' clocks. The view is folded for the first time at the next start. */
export class ClockJumps1764400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const isPostgres = runner.dataSource.options.type === 'postgres';
    // Texts sort by their bytes, as on SQLite, whatever language the database is set to.
    const text: Pick<TableColumnOptions, 'type' | 'collation'> = isPostgres
      ? { type: 'varchar', collation: 'C' }
      : { type: 'varchar' };
    await runner.createTable(
      new Table({
        name,
        columns: [
          { name: 'jumpId', ...text, isPrimary: true },
          ...texts.map((column) => ({ name: column, ...text })),
          ...optional.map((column) => ({ name: column, ...text, isNullable: true })),
          ...numbers.map((column) => ({ name: column, type: 'bigint' })),
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(name);
  }
}

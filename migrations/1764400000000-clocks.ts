import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

const name = 'clocks';

/** Jumps of computers' clocks. The view is folded for the first time at the next start. */
export class Clocks1764400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Texts sort by their bytes, as on SQLite, whatever language the database is set to.
    const collation = runner.dataSource.options.type === 'postgres' ? { collation: 'C' } : {};
    await runner.createTable(
      new Table({
        name,
        columns: [
          { name: 'installation', type: 'varchar', ...collation, isPrimary: true },
          { name: 'open', type: 'text', ...collation },
          { name: 'confirmedPlace', type: 'bigint' },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(name);
  }
}

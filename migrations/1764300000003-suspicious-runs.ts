import { TableColumn, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

const emptyList = { type: 'text', default: "'[]'" };
const added: readonly TableColumnOptions[] = [
  { name: 'suspicions', ...emptyList },
  { name: 'sources', ...emptyList },
  { name: 'warnings', type: 'integer', isNullable: true },
  ...['acceptedAt', 'acceptedBy', 'acceptedNote'].map((name) => ({ name, type: 'text', isNullable: true })),
];

/** What looked odd about a run, what it copied of each source, and who has accepted it. */
export class SuspiciousRuns1764300000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumns(
      'runs',
      added.map((column) => new TableColumn(sorted(runner, column))),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumns(
      'runs',
      added.map(({ name }) => name),
    );
  }
}

/** Texts sort by their bytes, as on SQLite, whatever language the database is set to. */
function sorted(runner: QueryRunner, column: TableColumnOptions): TableColumnOptions {
  const { type } = column;
  return type === 'text' && runner.dataSource.options.type === 'postgres' ? { ...column, collation: 'C' } : column;
}

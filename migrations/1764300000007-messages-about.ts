import { TableColumn, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

const about: TableColumnOptions = { name: 'about', type: 'text', default: "'[]'" };
const runs: TableColumnOptions = { name: 'runs', type: 'text', default: "'[]'" };
const added: readonly TableColumnOptions[] = [
  about,
  ...['inPlaceOf', 'dismissedAt', 'dismissedBy'].map((name) => ({ name, type: 'text', isNullable: true })),
];

/** A message tells of runs or alarms, may go instead of another, and may be dismissed. The view is folded again. */
export class MessagesAbout1764300000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumns('messages', columns(runner, added));
    await runner.dropColumn('messages', 'runs');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.addColumns('messages', columns(runner, [runs]));
    await runner.dropColumns(
      'messages',
      added.map(({ name }) => name),
    );
  }
}

/** Texts sort by their bytes, as on SQLite, whatever language the database is set to. */
function columns(runner: QueryRunner, options: readonly TableColumnOptions[]): TableColumn[] {
  const isPostgres = runner.dataSource.options.type === 'postgres';
  return options.map((column) => new TableColumn(isPostgres ? { ...column, collation: 'C' } : column));
}

import { Table, TableIndex, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

const key = (name: string): TableColumnOptions => ({ name, type: 'varchar', isPrimary: true });
const text = (name: string): TableColumnOptions => ({ name, type: 'text' });
const integer = (name: string): TableColumnOptions => ({ name, type: 'integer' });

const outbox = [key('source'), key('id'), integer('partition'), { name: 'place', type: 'bigint' }, text('event')];
const deciderStates = [
  key('decider'),
  { ...integer('partition'), isPrimary: true },
  key('key'),
  text('state'),
  { ...text('wakeAt'), isNullable: true },
];

/** What deciders remember, and what they decided, belongs to a partition of the log. Until now there was the one, 0. */
export class Partitions1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "decider_states_decider_wakeAt"');
    await replaceTable(runner, 'outbox', outbox);
    await replaceTable(runner, 'decider_states', deciderStates);
    await index(runner, 'outbox', ['partition', 'place']);
    await index(runner, 'decider_states', ['decider', 'partition', 'wakeAt']);
  }

  /** What other partitions than 0 held is lost: it follows from the log. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "outbox_partition_place"');
    await runner.query('DROP INDEX "decider_states_decider_partition_wakeAt"');
    await replaceTable(runner, 'outbox', withoutPartition(outbox), ' WHERE "partition" = 0');
    await replaceTable(runner, 'decider_states', withoutPartition(deciderStates), ' WHERE "partition" = 0');
    await index(runner, 'decider_states', ['decider', 'wakeAt']);
  }
}

/** SQLite cannot change a table's key: the rows move into a new one. A column that the old one lacks is 0. */
async function replaceTable(
  runner: QueryRunner,
  name: string,
  columns: readonly TableColumnOptions[],
  which = '',
): Promise<void> {
  const old = await runner.getTable(name);
  const values = columns.map((column) => (old?.findColumnByName(column.name) ? `"${column.name}"` : '0'));
  await runner.query(`ALTER TABLE "${name}" RENAME TO "${name}_before"`);
  // On PostgreSQL the name of a key's index is taken until the old table is gone.
  const constraint = `${name}_key_${columns.length}`;
  const keyed = columns
    .map((column) => (column.isPrimary ? { ...column, primaryKeyConstraintName: constraint } : column))
    .map((column) => sorted(runner, column));
  await runner.createTable(new Table({ name, columns: keyed }));
  const names = columns.map((column) => `"${column.name}"`).join(', ');
  await runner.query(`INSERT INTO "${name}" (${names}) SELECT ${values.join(', ')} FROM "${name}_before"${which}`);
  await runner.query(`DROP TABLE "${name}_before"`);
}

function withoutPartition(columns: readonly TableColumnOptions[]): readonly TableColumnOptions[] {
  return columns.filter(({ name }) => name !== 'partition');
}

async function index(runner: QueryRunner, table: string, columnNames: string[]): Promise<void> {
  await runner.createIndex(table, new TableIndex({ name: `${table}_${columnNames.join('_')}`, columnNames }));
}

/** Texts sort by their bytes, as on SQLite, whatever language the database is set to; an index then also serves LIKE. */
function sorted(runner: QueryRunner, column: TableColumnOptions): TableColumnOptions {
  const isText = column.type === 'varchar' || column.type === 'text';
  return isText && runner.dataSource.options.type === 'postgres' ? { ...column, collation: 'C' } : column;
}

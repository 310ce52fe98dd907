import { Table, TableIndex, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

const text = (name: string): TableColumnOptions => ({ name, type: 'text' });
const optionalText = (name: string): TableColumnOptions => ({ name, type: 'text', isNullable: true });
const integer = (name: string): TableColumnOptions => ({ name, type: 'integer' });
const inKey = (column: TableColumnOptions): TableColumnOptions => ({ ...column, isPrimary: true });

const parked = [
  ...[inKey({ name: 'subscription', type: 'varchar' }), inKey(integer('partition')), inKey(integer('eventPartition'))],
  ...[inKey({ name: 'offset', type: 'bigint' }), text('partitionkey'), text('source'), text('eventId'), text('type')],
  ...[optionalText('error'), integer('attempts'), text('parkedAt'), optionalText('askedAt')],
];
const discarded = [
  ...['subscription', 'source', 'eventId'].map((name) => inKey({ name, type: 'varchar' })),
  ...[text('actor'), text('reason'), text('discardedAt')],
];
const byKey = ['subscription', 'partition', 'partitionkey', 'offset'];

/** Where events wait that a subscription's handler refused, with the later ones of their key; and which were given up. */
export class ParkedEvents1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [name, columns] of [
      ['parked_events', parked],
      ['discarded_events', discarded],
    ] as const) {
      await runner.createTable(new Table({ name, columns: columns.map((column) => sorted(runner, column)) }));
    }
    const index = new TableIndex({ name: `parked_events_${byKey.join('_')}`, columnNames: byKey });
    await runner.createIndex('parked_events', index);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('discarded_events');
    await runner.dropTable('parked_events');
  }
}

/** Texts sort by their bytes, as on SQLite, whatever language the database is set to. */
function sorted(runner: QueryRunner, column: TableColumnOptions): TableColumnOptions {
  const isText = column.type === 'varchar' || column.type === 'text';
  return isText && runner.dataSource.options.type === 'postgres' ? { ...column, collation: 'C' } : column;
}

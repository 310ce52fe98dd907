import { Table, TableIndex, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

const key = (name: string): TableColumnOptions => ({ name, type: 'varchar', isPrimary: true });
const text = (name: string): TableColumnOptions => ({ name, type: 'text' });
const optionalText = (name: string): TableColumnOptions => ({ name, type: 'text', isNullable: true });
const integer = (name: string): TableColumnOptions => ({ name, type: 'integer' });
const integerKey = (name: string): TableColumnOptions => ({ name, type: 'integer', isPrimary: true });
const bigint = (name: string): TableColumnOptions => ({ name, type: 'bigint' });
const real = (name: string): TableColumnOptions => ({ name, type: 'double precision' });

const tables: readonly { name: string; columns: TableColumnOptions[]; indices?: readonly (readonly string[])[] }[] = [
  {
    name: 'definitions',
    columns: [
      key('kind'),
      key('site'),
      key('server'),
      key('name'),
      text('definedAt'),
      bigint('place'),
      text('definition'),
    ],
  },
  {
    name: 'checkup_status',
    columns: [
      ...[key('id'), text('site'), text('server'), text('checkup'), text('plugin'), text('status'), text('summary')],
      ...[text('details'), text('metrics'), text('time'), text('since'), real('durationMs')],
    ],
  },
  {
    name: 'checkup_results',
    columns: [key('checkupId'), key('time'), key('eventId'), text('status'), text('summary'), text('metrics')],
  },
  {
    name: 'runs',
    columns: [
      ...[key('runId'), text('site'), text('server'), text('job'), text('trigger'), optionalText('plannedFor')],
      ...[text('computer'), text('user'), text('outcome'), text('startedAt'), optionalText('completedAt')],
      ...[optionalText('errorCode'), optionalText('errorText'), text('destinations'), text('copies'), real('percent')],
      ...[text('step'), integer('files'), bigint('bytes'), integer('totalFiles'), bigint('totalBytes')],
    ],
    indices: [
      ['startedAt', 'runId'],
      ['job', 'startedAt'],
    ],
  },
  {
    name: 'protocol_lines',
    columns: [
      ...[key('runId'), integerKey('number'), text('time'), text('level'), text('step'), text('computer')],
      ...[text('user'), text('place'), text('outcome'), text('text')],
    ],
  },
  {
    name: 'snapshots',
    columns: [
      ...[key('site'), key('server'), key('job'), key('destination'), key('snapshot'), text('runId'), text('place')],
      ...[integer('files'), bigint('bytes'), text('manifestSha256'), text('verifiedAt')],
    ],
  },
  {
    name: 'alarms',
    columns: [
      ...[key('alarmId'), text('rule'), text('site'), text('server'), text('severity'), text('title'), text('advice')],
      ...[text('summary'), text('because'), text('since'), text('raisedAt'), optionalText('acknowledgedAt')],
      ...[
        optionalText('acknowledgedBy'),
        optionalText('note'),
        optionalText('clearedAt'),
        optionalText('clearedBecause'),
      ],
    ],
    indices: [['raisedAt', 'alarmId'], ['clearedAt']],
  },
  {
    name: 'messages',
    columns: [
      ...[
        key('messageId'),
        text('group'),
        text('channel'),
        text('to'),
        text('locale'),
        text('template'),
        text('reason'),
      ],
      ...[text('runs'), optionalText('period'), text('state'), text('decidedAt'), integer('attempts')],
      ...[optionalText('nextAttemptAt'), optionalText('lastError'), optionalText('deliveredAt')],
      ...[optionalText('deliveredBy'), optionalText('receipt'), optionalText('subject'), optionalText('text')],
    ],
    indices: [
      ['state', 'nextAttemptAt'],
      ['decidedAt', 'messageId'],
    ],
  },
  { name: 'checkpoints', columns: [key('subscription'), integerKey('partition'), bigint('offset')] },
  { name: 'silences', columns: [key('decider'), integerKey('partition'), bigint('until')] },
  { name: 'view_versions', columns: [key('view'), integer('version')] },
  { name: 'outbox', columns: [key('source'), key('id'), bigint('place'), text('event')] },
  {
    name: 'decider_states',
    columns: [key('decider'), key('key'), text('state'), optionalText('wakeAt')],
    indices: [['decider', 'wakeAt']],
  },
  { name: 'delivery_claims', columns: [key('messageId'), text('claimedUntil')] },
];

/** The first tables: the views, and the bookkeeping beside them. */
export class FirstTables1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const { name, columns, indices } of tables) {
      await runner.createTable(new Table({ name, columns: columns.map((column) => sorted(runner, column)) }));
      for (const columnNames of indices ?? []) {
        await runner.createIndex(
          name,
          new TableIndex({ name: `${name}_${columnNames.join('_')}`, columnNames: [...columnNames] }),
        );
      }
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { name } of [...tables].reverse()) await runner.dropTable(name);
  }
}

/** Texts sort by their bytes, as on SQLite, whatever language the database is set to; an index then also serves LIKE. */
function sorted(runner: QueryRunner, column: TableColumnOptions): TableColumnOptions {
  const isText = column.type === 'varchar' || column.type === 'text';
  return isText && runner.dataSource.options.type === 'postgres' ? { ...column, collation: 'C' } : column;
}

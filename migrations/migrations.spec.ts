import { allTables } from '../src/capabilities.js';
import { definitionTable } from '../src/definitions/definitions.entity.js';
import { fileOfTheLog } from '../src/definitions/managed-by.js';
import Database from '#sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { databasePatienceMs, freshDatabase, whyNoPostgres } from '../test/fixtures/postgres.js';
import { tempFolder } from '../test/fixtures/temp-folder.js';
import { migrations } from '../src/store/migrations.adapter.js';

const sqlite = {
  name: 'SQLite',
  options: async (): Promise<DataSourceOptions> => {
    return { type: 'better-sqlite3', driver: Database, database: join(tempFolder(), 'wardround.db') };
  },
};
const postgres = {
  name: 'PostgreSQL',
  options: async (): Promise<DataSourceOptions> => ({ type: 'postgres', url: await freshDatabase() }),
};
const reason = whyNoPostgres();
if (reason !== null) console.log(`Not on PostgreSQL: ${reason}`);

describe.each(reason === null ? [sqlite, postgres] : [sqlite])('the migrations on $name', ({ options }) => {
  let source: DataSource;

  beforeEach(async () => {
    source = await new DataSource({ ...(await options()), entities: allTables, migrations }).initialize();
  }, databasePatienceMs);
  afterEach(() => source.destroy());

  /** Of each table of ours, the columns that the database has. */
  async function columns(): Promise<Map<string, readonly string[]>> {
    const runner = source.createQueryRunner();
    const found = new Map<string, readonly string[]>();
    for (const { tableName } of source.entityMetadatas) {
      const table = await runner.getTable(tableName);
      if (table) found.set(tableName, table.columns.map(({ name }) => name).sort());
    }
    await runner.release();
    return found;
  }

  it('make what the entities say, and take it back step by step, and make it again', async () => {
    await source.runMigrations({ transaction: 'each' });
    const made = await columns();
    const wanted = source.entityMetadatas.map(({ tableName, columns }) => {
      return [tableName, columns.map(({ databaseName }) => databaseName).sort()] as const;
    });
    expect(made).toEqual(new Map(wanted));
    for (const step of migrations) expect(step.name).toMatch(/\d{13}$/);
    for (let left = migrations.length; left > 0; left--) await source.undoLastMigration({ transaction: 'each' });
    expect(await columns()).toEqual(new Map());
    await source.runMigrations({ transaction: 'each' });
    expect(await columns()).toEqual(made);
  });

  it('say of what was defined before that the configuration file of the log manages it', async () => {
    const runner = source.createQueryRunner();
    const steps = migrations.map((Step) => new Step());
    const last = steps.findIndex(({ constructor }) => constructor.name.startsWith('ManagedDefinitions'));
    for (const step of steps.slice(0, last)) await step.up(runner);
    await runner.query(
      `INSERT INTO definitions (kind, site, server, name, "definedAt", place, definition) VALUES ('rule', '', '', 'full', 't', 1, '{}')`,
    );
    for (const step of steps.slice(last)) await step.up(runner);
    expect(await source.manager.find(definitionTable)).toMatchObject([{ name: 'full', managedBy: fileOfTheLog }]);
    await runner.release();
  });

  it('keep what deciders remember and have decided, when partitions come in and when they go again', async () => {
    const [first] = migrations;
    if (!first) throw new Error('there are no migrations');
    const runner = source.createQueryRunner();
    await new first().up(runner);
    await runner.query(`INSERT INTO outbox (source, id, place, event) VALUES ('s', 'i', 7, '{"a":1}')`);
    await runner.query(`INSERT INTO decider_states (decider, key, state, "wakeAt") VALUES ('rules', 'k', '1', NULL)`);
    for (const Step of migrations.slice(1)) await new Step().up(runner);
    expect(await runner.query('SELECT source, id, "partition", event FROM outbox')).toEqual([
      { source: 's', id: 'i', partition: 0, event: '{"a":1}' },
    ]);
    expect(await runner.query('SELECT * FROM decider_states')).toEqual([
      { decider: 'rules', partition: 0, key: 'k', state: '1', wakeAt: null },
    ]);
    await runner.query(`INSERT INTO outbox (source, id, "partition", place, event) VALUES ('s', 'other', 1, 8, '{}')`);
    for (const Step of migrations.slice(1).reverse()) await new Step().down(runner);
    expect(await runner.query('SELECT source, id, event FROM outbox')).toEqual([
      { source: 's', id: 'i', event: '{"a":1}' },
    ]);
    expect(await runner.query('SELECT decider, key FROM decider_states')).toEqual([{ decider: 'rules', key: 'k' }]);
    await runner.release();
  });
});

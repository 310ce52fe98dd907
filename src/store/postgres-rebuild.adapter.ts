import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DataSource, type EntityMetadata, type QueryRunner } from 'typeorm';
import type { Checkpoint } from '../event-log/event-log.js';
import { describeError } from '../shared/errors.js';
import { schemaOf, sourceOptions, type PostgresPlace } from './postgres-connection.adapter.js';
import type { FoldBeside, WriteBeside } from './view-store.adapter.js';

const logger = new Logger('Rebuild');

const askAgainMs = 200;
/** What was folded in less than this left little behind: then the others are made to wait. */
const shortFoldMs = 500;
const mostRounds = 5;

export interface Rebuild {
  readonly subscription: string;
  readonly tables: readonly string[];
  readonly fold: FoldBeside;
  readonly signal: AbortSignal | undefined;
}

/** Advisory locks are numbers, and one database has one set of them: names become numbers by PostgreSQL's own hash. */
export function lockText(schema: string, name: string): string {
  return `wardround/${schema}/${name}`;
}

/**
 * Takes a lock that belongs to the connection that is asked through, as soon as no one has it. Asks again and again: a
 * statement that waits would hold up who wants to stop.
 */
export async function takeLock(
  ask: (text: string, values: string[]) => Promise<readonly { taken: boolean }[]>,
  lock: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const [row] = await ask('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken', [lock]);
    if (row?.taken) return;
    await sleep(askAgainMs);
  }
}

/**
 * See `ViewStore.replaceTables`. Everything goes through one connection, which also holds the lock: if that breaks, there is
 * nothing left to go wrong. The tables beside are not logged, since they do not outlive it.
 *
 * The tables themselves stay, and get what is otherwise: readers never wait, and what an administrator granted or built on
 * them stays as well. To put the new ones in their place would be faster only if most rows differ
 * (docs/decisions/0010-rebuild-on-postgresql.md).
 */
export async function rebuildTables(settings: PostgresPlace, rebuild: Rebuild): Promise<ReadonlyMap<string, number>> {
  const schema = schemaOf(settings);
  const beside = `${schema}_rebuild`;
  const use = { schema: beside, connections: 1, patient: true };
  const source = await new DataSource(sourceOptions(settings, use)).initialize();
  try {
    const runner = source.createQueryRunner();
    const ask = (text: string, values: string[]) => runner.manager.query<{ taken: boolean }[]>(text, values);
    await takeLock(ask, lockText(schema, 'rebuild'), rebuild.signal);
    const tables = new TablesBeside(runner, schema, beside, rebuild.tables);
    await tables.make();
    try {
      return await foldAndExchange(tables, rebuild);
    } finally {
      await removeOrLeave(tables);
    }
  } finally {
    await source.destroy();
  }
}

async function foldAndExchange(
  tables: TablesBeside,
  { subscription, fold }: Rebuild,
): Promise<ReadonlyMap<string, number>> {
  let reached: Checkpoint = new Map();
  for (let round = 0; round < mostRounds; round++) {
    const startedAt = performance.now();
    reached = await fold(tables.write, reached, await tables.checkpoints(subscription));
    if (performance.now() - startedAt < shortFoldMs) break;
  }
  await tables.prepare();
  return tables.transaction(async () => {
    const upTo = await tables.holdCheckpoints(subscription);
    await fold((work) => work(tables.runner.manager), reached, upTo);
    return tables.exchange();
  });
}

async function removeOrLeave(tables: TablesBeside): Promise<void> {
  try {
    await tables.remove();
  } catch (error) {
    logger.warn(`The temporary tables of a rebuild stay until the next one removes them: ${describeError(error)}`);
  }
}

/** Tables like those in use, in their own schema. */
class TablesBeside {
  readonly write: WriteBeside = (work) => this.transaction(() => work(this.runner.manager));
  private readonly metadata: readonly EntityMetadata[];

  constructor(
    readonly runner: QueryRunner,
    private readonly schema: string,
    private readonly beside: string,
    tables: readonly string[],
  ) {
    this.metadata = tables.map((table) => runner.dataSource.getMetadata(table));
  }

  /** Removes what a killed rebuild left. */
  async make(): Promise<void> {
    await this.remove();
    await this.runner.query(`CREATE SCHEMA ${pg.escapeIdentifier(this.beside)}`);
    for (const table of this.metadata) {
      const keys = table.primaryColumns.map(({ databaseName }) => pg.escapeIdentifier(databaseName)).join(', ');
      const like = `LIKE ${this.inUse(table)} INCLUDING DEFAULTS, PRIMARY KEY (${keys})`;
      await this.runner.query(`CREATE UNLOGGED TABLE ${this.besides(table)} (${like})`);
    }
  }

  async remove(): Promise<void> {
    await this.runner.query(`DROP SCHEMA IF EXISTS ${pg.escapeIdentifier(this.beside)} CASCADE`);
  }

  /** Lets PostgreSQL know how large the tables have become: it compares them accordingly. */
  async prepare(): Promise<void> {
    for (const table of this.metadata) await this.runner.query(`ANALYZE ${this.besides(table)}`);
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.runner.startTransaction();
    try {
      const result = await work();
      await this.runner.commitTransaction();
      return result;
    } catch (error) {
      await this.rollBack();
      throw error;
    }
  }

  /** If the connection is gone, so is the transaction; the caller gets the first error. */
  private async rollBack(): Promise<void> {
    try {
      await this.runner.rollbackTransaction();
    } catch (error) {
      logger.debug(`a transaction of a rebuild could not be rolled back: ${describeError(error)}`);
    }
  }

  async checkpoints(subscription: string, hold = ''): Promise<Checkpoint> {
    const rows = await this.runner.manager.query<{ partition: number; offset: string }[]>(
      `SELECT "partition", "offset" FROM ${pg.escapeIdentifier(this.schema)}."checkpoints"
        WHERE "subscription" = $1 ORDER BY "partition"${hold}`,
      [subscription],
    );
    return new Map(rows.map(({ partition, offset }) => [partition, Number(offset)]));
  }

  /**
   * Until the transaction ends no one folds: not in a partition that has a checkpoint, nor in one that has none yet.
   */
  async holdCheckpoints(subscription: string): Promise<Checkpoint> {
    const lock = lockText(this.schema, `checkpoints of ${subscription}`);
    await this.runner.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [lock]);
    return this.checkpoints(subscription, ' FOR UPDATE');
  }

  async exchange(): Promise<ReadonlyMap<string, number>> {
    const changed = new Map<string, number>();
    for (const table of this.metadata) changed.set(table.tableName, await this.exchangeTable(table));
    return changed;
  }

  private async exchangeTable(table: EntityMetadata): Promise<number> {
    const same = table.columns.map(({ databaseName, isPrimary }) => {
      const column = pg.escapeIdentifier(databaseName);
      return `old.${column} ${isPrimary ? '=' : 'IS NOT DISTINCT FROM'} new.${column}`;
    });
    const names = table.columns.map(({ databaseName }) => pg.escapeIdentifier(databaseName)).join(', ');
    const keys = table.primaryColumns.map(({ databaseName }) => pg.escapeIdentifier(databaseName)).join(', ');
    const removed = await this.affected(
      `DELETE FROM ${this.inUse(table)} AS old
        WHERE NOT EXISTS (SELECT FROM ${this.besides(table)} AS new WHERE ${same.join(' AND ')})`,
    );
    const added = await this.affected(
      `INSERT INTO ${this.inUse(table)} (${names})
       SELECT ${names} FROM ${this.besides(table)} AS new
        WHERE NOT EXISTS (SELECT FROM ${this.inUse(table)} AS old WHERE (${keysOf('old', table)}) = (${keysOf('new', table)}))
       ON CONFLICT (${keys}) DO NOTHING`,
    );
    return removed + added;
  }

  private async affected(text: string): Promise<number> {
    const { affected } = await this.runner.query(text, [], true);
    return affected ?? 0;
  }

  private inUse({ tableName }: EntityMetadata): string {
    return `${pg.escapeIdentifier(this.schema)}.${pg.escapeIdentifier(tableName)}`;
  }

  private besides({ tableName }: EntityMetadata): string {
    return `${pg.escapeIdentifier(this.beside)}.${pg.escapeIdentifier(tableName)}`;
  }
}

function keysOf(alias: string, { primaryColumns }: EntityMetadata): string {
  return primaryColumns.map(({ databaseName }) => `${alias}.${pg.escapeIdentifier(databaseName)}`).join(', ');
}

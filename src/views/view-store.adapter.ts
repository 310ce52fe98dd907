import Database from '#sqlite';
import { rm } from 'node:fs/promises';
import { DataSource, type EntityManager } from 'typeorm';
import { FirstTables1764000000000 } from '../../migrations/1764000000000-first-tables.js';
import { Partitions1764100000000 } from '../../migrations/1764100000000-partitions.js';
import type { Checkpoint, CheckpointMove, CheckpointStore } from '../event-log/event-log.js';
import { SerialQueue } from '../shared/serial-queue.js';
import { checkpointTable } from './bookkeeping.entity.js';
import { allTables } from './tables.entity.js';

/** An open transaction on the views' database. */
export type ViewTransaction = EntityManager;

const migrations = [FirstTables1764000000000, Partitions1764100000000];

class StaleOwner extends Error {}

/**
 * The database of the views, the deciders' state and the outbox. Writes go one after the other through one connection;
 * reads have a connection of their own and see only what was committed.
 */
export class ViewStore implements CheckpointStore<ViewTransaction> {
  /**
   * @param queue TypeORM shares one SQLite connection among all callers, so that two transactions at once would mix (typeorm
   * issue 1884): every write goes through here
   */
  private constructor(
    private readonly writer: DataSource,
    private readonly reader: DataSource,
    private readonly queue: SerialQueue,
    private readonly file: string,
  ) {}

  /** Opens the SQLite database in `file`, creates it if it is not there, and runs the migrations that it lacks. */
  static async openSqlite(file: string): Promise<ViewStore> {
    const common = { type: 'better-sqlite3', driver: Database, database: file, entities: allTables } as const;
    // Each event is durable in the log, and the checkpoint stands in the same transaction as what it stands for: after
    // a power cut that undoes the last commits here, the same events are folded again. NORMAL is therefore enough.
    const writer = await new DataSource({
      ...common,
      migrations,
      enableWAL: true,
      prepareDatabase: (database: { pragma(text: string): unknown }) => {
        database.pragma('synchronous = NORMAL');
        // A statement of many rows keeps what it changes, to take it back if it fails half-way: by default in a file, which
        // costs a replay of the log a fifth of its time.
        database.pragma('temp_store = MEMORY');
      },
    }).initialize();
    try {
      await writer.runMigrations({ transaction: 'each' });
      const reader = await new DataSource({ ...common, readonly: true }).initialize();
      return new ViewStore(writer, reader, new SerialQueue(), file);
    } catch (error) {
      await writer.destroy();
      throw error;
    }
  }

  /** For queries: sees what was committed, and cannot write. */
  get read(): EntityManager {
    return this.reader.manager;
  }

  /** Runs the work in a transaction of its own, when all writes before it are done. Rolled back if it throws. */
  write<T>(work: (tx: ViewTransaction) => Promise<T>): Promise<T> {
    return this.queue.run(() => this.writer.transaction(work));
  }

  async load(subscription: string): Promise<Checkpoint> {
    const rows = await this.read.find(checkpointTable, { where: { subscription } });
    return new Map(rows.map(({ partition, offset }) => [partition, offset]));
  }

  async commit(moves: readonly CheckpointMove[], work: (tx: ViewTransaction) => Promise<void>): Promise<boolean> {
    try {
      await this.write(async (tx) => {
        for (const move of moves) await moveCheckpoint(tx, move);
        await work(tx);
      });
      return true;
    } catch (error) {
      if (error instanceof StaleOwner) return false;
      throw error;
    }
  }

  /**
   * Fills new tables beside the old ones, then puts them in their place in one transaction.
   * @param subscription the tables are to stand where this subscription's checkpoint stands at the moment of the exchange
   * @param tables names of the tables to replace
   * @param fold fills the store beside with what lies behind `from` up to `upTo`, and says how far it came
   * @returns per table how many rows stood otherwise or not at all before
   */
  async replaceTables(
    subscription: string,
    tables: readonly string[],
    fold: (beside: ViewStore, from: Checkpoint, upTo: Checkpoint) => Promise<Checkpoint>,
  ): Promise<ReadonlyMap<string, number>> {
    const besideFile = `${this.file}.rebuild`;
    await removeDatabase(besideFile);
    const beside = await ViewStore.openSqlite(besideFile);
    try {
      const reached = await fold(beside, new Map(), await this.load(subscription));
      // What came meanwhile is little: it is folded while the other writers wait, and the exchange follows at once.
      return await this.queue.run(async () => {
        await fold(beside, reached, await this.load(subscription));
        await beside.close();
        return this.exchange(besideFile, tables);
      });
    } finally {
      await beside.close();
      await removeDatabase(besideFile);
    }
  }

  private async exchange(besideFile: string, tables: readonly string[]): Promise<ReadonlyMap<string, number>> {
    await this.writer.query('ATTACH DATABASE ? AS beside', [besideFile]);
    try {
      return await this.writer.transaction(async (tx) => {
        const changed = new Map<string, number>();
        for (const table of tables) changed.set(table, await exchangeTable(tx, table));
        return changed;
      });
    } finally {
      await this.writer.query('DETACH DATABASE beside');
    }
  }

  /** Closes both connections once all writes in hand are done. */
  async close(): Promise<void> {
    await this.queue.drained();
    if (this.reader.isInitialized) await this.reader.destroy();
    if (this.writer.isInitialized) await this.writer.destroy();
  }
}

async function exchangeTable(tx: ViewTransaction, table: string): Promise<number> {
  const name = `"${table}"`;
  const [row] = await tx.query<{ changed: number }[]>(
    `SELECT (SELECT COUNT(*) FROM main.${name}) + (SELECT COUNT(*) FROM beside.${name})
          - 2 * (SELECT COUNT(*) FROM main.${name} AS old JOIN beside.${name} AS new ON ${sameRow(tx, table)}) AS changed`,
  );
  const changed = row?.changed ?? 0;
  if (changed > 0) {
    await tx.query(`DELETE FROM main.${name}`);
    await tx.query(`INSERT INTO main.${name} SELECT * FROM beside.${name}`);
  }
  return changed;
}

/** Rows find each other by their key, through its index: to sort two tables of a million rows takes half a minute. */
function sameRow(tx: ViewTransaction, table: string): string {
  const { columns } = tx.dataSource.getMetadata(table);
  return columns
    .map(({ databaseName, isPrimary }) => `old."${databaseName}" ${isPrimary ? '=' : 'IS'} new."${databaseName}"`)
    .join(' AND ');
}

async function removeDatabase(file: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(file + suffix, { force: true });
}

async function moveCheckpoint(
  tx: ViewTransaction,
  { subscription, partition, from, to }: CheckpointMove,
): Promise<void> {
  if (from === 0) {
    await tx
      .createQueryBuilder()
      .insert()
      .into(checkpointTable)
      .values({ subscription, partition, offset: 0 })
      .orIgnore()
      .updateEntity(false)
      .execute();
  }
  const moved = await tx.update(checkpointTable, { subscription, partition, offset: from }, { offset: to });
  if (moved.affected !== 1) throw new StaleOwner(`${subscription} is no longer at ${from}`);
}

import Database from '#sqlite';
import { rm } from 'node:fs/promises';
import { DataSource, type EntityManager, type EntitySchema } from 'typeorm';
import type { CheckpointMove } from '../event-log/event-log.js';
import { codeOf, WardroundError } from '../shared/errors.js';
import { SerialQueue } from '../shared/serial-queue.js';
import { bookkeepingTables, checkpointTable } from './bookkeeping.entity.js';
import { migrations } from './migrations.adapter.js';
import { StaleOwner, ViewStore, type FoldBeside, type ViewTransaction } from './view-store.adapter.js';

/** What SQLite says when the disk or another program is at fault, not the work (https://www.sqlite.org/rescode.html). */
const awayCode = /^SQLITE_(?:BUSY|LOCKED|FULL|IOERR|CANTOPEN|NOMEM|READONLY|PROTOCOL)/;

/**
 * The views' database of one process. Writes go one after the other through one connection; reads have a connection of
 * their own.
 */
/** More than there are texts: what falls out is compiled again each time, for the driver drops the oldest and not the least used. */
const statementCacheSize = 1000;

export class SqliteViewStore extends ViewStore {
  readonly shared = false;
  private readonly exclusive = new Map<string, SerialQueue>();

  /**
   * @param queue TypeORM shares one SQLite connection among all callers, so that two transactions at once would mix (typeorm
   * issue 1884): every write goes through here
   */
  private constructor(
    private readonly writer: DataSource,
    private readonly reader: DataSource,
    private readonly queue: SerialQueue,
    private readonly file: string,
    private readonly tables: readonly EntitySchema[],
  ) {
    super();
  }

  /**
   * Opens the database in `file`, creates it if it is not there, and runs the migrations that it lacks.
   * @param tables all but the store's own
   * @throws WardroundError `event-unreadable` if the file is not a database, or a damaged one
   */
  static async open(file: string, tables: readonly EntitySchema[]): Promise<SqliteViewStore> {
    try {
      return await SqliteViewStore.openFile(file, tables);
    } catch (error) {
      throw isDamaged(error) ? damaged(file, error) : error;
    }
  }

  private static async openFile(file: string, tables: readonly EntitySchema[]): Promise<SqliteViewStore> {
    const entities = [...bookkeepingTables, ...tables];
    const common = { type: 'better-sqlite3' as const, driver: Database, database: file, entities, statementCacheSize };
    // Each event is durable in the log, and the checkpoint is in the same transaction as what it means: after
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
        // Moving the WAL into the database waits for the disk, on this thread: at each thousandth page, SQLite's default, that is
        // several times a second when much comes in. Eight thousand are 32 MB; pages written again and again are moved once.
        database.pragma('wal_autocheckpoint = 8000');
      },
    }).initialize();
    try {
      await writer.runMigrations({ transaction: 'each' });
      const reader = await new DataSource({ ...common, readonly: true }).initialize();
      return new SqliteViewStore(writer, reader, new SerialQueue(), file, tables);
    } catch (error) {
      await writer.destroy();
      throw error;
    }
  }

  get read(): EntityManager {
    return this.reader.manager;
  }

  /** When all writes before it are done. */
  write<T>(work: (tx: ViewTransaction) => Promise<T>): Promise<T> {
    return this.queue.run(() => this.writer.transaction(work));
  }

  protected override async writeMoving(
    moves: readonly CheckpointMove[],
    work: (tx: ViewTransaction) => Promise<void>,
  ): Promise<void> {
    await this.write(async (tx) => {
      for (const move of moves) await moveCheckpoint(tx, move);
      await work(tx);
    });
  }

  exclusively<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const queue = this.exclusive.get(name) ?? new SerialQueue();
    this.exclusive.set(name, queue);
    return queue.run(() => {
      signal?.throwIfAborted();
      return work();
    });
  }

  isAway(error: unknown): boolean {
    return isSqliteAway(error);
  }

  replaceTables(
    subscription: string,
    tables: readonly string[],
    fold: FoldBeside,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, number>> {
    return this.exclusively('rebuild', () => this.replaceAlone(subscription, tables, fold), signal);
  }

  private async replaceAlone(
    subscription: string,
    tables: readonly string[],
    fold: FoldBeside,
  ): Promise<ReadonlyMap<string, number>> {
    const besideFile = `${this.file}.rebuild`;
    await removeDatabase(besideFile);
    const beside = await SqliteViewStore.open(besideFile, this.tables);
    try {
      // Anyone who is killed meanwhile begins again: nothing here has to outlive a power cut.
      await beside.writer.query('PRAGMA synchronous = OFF');
      const write = beside.write.bind(beside);
      const reached = await fold(write, new Map(), await this.load(subscription));
      // What came meanwhile is little: it is folded while the other writers wait, and the exchange follows at once.
      return await this.queue.run(async () => {
        await fold(write, reached, await this.load(subscription));
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

  async close(): Promise<void> {
    await this.queue.drained();
    if (this.reader.isInitialized) await this.reader.destroy();
    if (this.writer.isInitialized) await this.writer.destroy();
  }
}

/** TypeORM's errors carry those of the driver as their cause, or its fields as their own. */
function isSqliteAway(error: unknown): boolean {
  if (awayCode.test(codeOf(error))) return true;
  return typeof error === 'object' && error !== null && 'cause' in error && isSqliteAway(error.cause);
}

function isDamaged(error: unknown): boolean {
  if (/^SQLITE_(?:NOTADB|CORRUPT)/.test(codeOf(error))) return true;
  return typeof error === 'object' && error !== null && 'cause' in error && isDamaged(error.cause);
}

function damaged(file: string, cause: unknown): WardroundError {
  return new WardroundError(
    'event-unreadable',
    `${file} is damaged or not a SQLite database`,
    'Move it away, with its -wal and -shm: the views are rebuilt from the event log at the next start',
    { cause },
  );
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

async function moveCheckpoint(tx: ViewTransaction, move: CheckpointMove): Promise<void> {
  const { subscription, partition, from, to } = move;
  if (from === 0) await beginCheckpoint(tx, subscription, partition);
  const moved = await tx.update(checkpointTable, { subscription, partition, offset: from }, { offset: to });
  if (moved.affected !== 1) throw new StaleOwner(move);
}

/** Makes sure that there is a checkpoint to move: at 0 where there was none. */
async function beginCheckpoint(tx: ViewTransaction, subscription: string, partition: number): Promise<void> {
  const row = { subscription, partition, offset: 0 };
  await tx.createQueryBuilder().insert().into(checkpointTable).values(row).orIgnore().updateEntity(false).execute();
}

import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import type { CheckpointMove } from '../event-log/event-log.js';
import { migrations } from './migrations.adapter.js';
import {
  lonelyClient,
  makeReady,
  placeText,
  schemaOf,
  sourceOptions,
  type PostgresSettings,
} from './postgres-connection.adapter.js';
import { explainPostgresError, isCollision, isPostgresAway } from './postgres-errors.adapter.js';
import { lockText, rebuildTables, takeLock } from './postgres-rebuild.adapter.js';
import { StaleOwner, ViewStore, type FoldBeside, type ViewTransaction } from './view-store.adapter.js';

export type { PostgresSettings } from './postgres-connection.adapter.js';

const defaultPoolSize = 10;
/** How often a transaction is done that gets in others' way. */
const mostTries = 6;
const longestPauseMs = 100;

type Work<T> = (tx: ViewTransaction) => Promise<T>;

/** How a transaction begins: one text, of which PostgreSQL does nothing more once a part of it failed. */
interface Beginning {
  readonly text: string;
  readonly moves: readonly CheckpointMove[];
}

/** The views' database of any number of processes. Transactions run side by side. */
export class PostgresViewStore extends ViewStore {
  readonly shared = true;
  private readonly inHand = new Set<Promise<unknown>>();

  private constructor(
    private readonly settings: PostgresSettings,
    private readonly writer: DataSource,
    private readonly reader: DataSource,
  ) {
    super();
  }

  /**
   * Opens the database, and runs the migrations that it lacks: one process at a time, however many start.
   * @throws WardroundError `unreachable` within 10 s, saying what was tried
   */
  static async open(settings: PostgresSettings): Promise<PostgresViewStore> {
    await makeReady(settings);
    const schema = schemaOf(settings);
    const connections = settings.poolSize ?? defaultPoolSize;
    const writer = new DataSource(sourceOptions(settings, { schema, connections }));
    const readers = Math.ceil(connections / 2);
    const reader = new DataSource(sourceOptions(settings, { schema, connections: readers, readOnly: true }));
    const store = new PostgresViewStore(settings, writer, reader);
    try {
      await store.exclusively('migrations', () => migrate(settings));
      await writer.initialize();
      await reader.initialize();
      return store;
    } catch (error) {
      await store.close();
      throw explainPostgresError(placeText(lonelyClient(settings)), error);
    }
  }

  get read(): EntityManager {
    return this.reader.manager;
  }

  write<T>(work: (tx: ViewTransaction) => Promise<T>): Promise<T> {
    return this.keep(this.writeInTurns([], work));
  }

  protected override async writeMoving(
    moves: readonly CheckpointMove[],
    work: (tx: ViewTransaction) => Promise<void>,
  ): Promise<void> {
    await this.keep(this.writeInTurns(moves, work));
  }

  /** Until it is done, the store does not close. */
  private async keep<T>(result: Promise<T>): Promise<T> {
    this.inHand.add(result);
    try {
      return await result;
    } finally {
      this.inHand.delete(result);
    }
  }

  /** The lock belongs to a connection of its own: it ends with the process. */
  async exclusively<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const client = lonelyClient(this.settings);
    try {
      await client.connect();
      const ask = async (text: string, values: string[]) => (await client.query<{ taken: boolean }>(text, values)).rows;
      await takeLock(ask, lockText(schemaOf(this.settings), name), signal);
      return await work();
    } finally {
      await client.end();
    }
  }

  isAway(error: unknown): boolean {
    return isPostgresAway(error);
  }

  replaceTables(
    subscription: string,
    tables: readonly string[],
    fold: FoldBeside,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, number>> {
    return rebuildTables(this.settings, { subscription, tables, fold, signal });
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.inHand);
    if (this.reader.isInitialized) await this.reader.destroy();
    if (this.writer.isInitialized) await this.writer.destroy();
  }

  private async writeInTurns<T>(moves: readonly CheckpointMove[], work: Work<T>): Promise<T> {
    const begin = beginning(moves, (subscription) =>
      lockText(schemaOf(this.settings), `checkpoints of ${subscription}`),
    );
    for (let tries = 1; ; tries++) {
      try {
        return await transaction(this.writer, begin, work);
      } catch (error) {
        if (tries === mostTries || !isCollision(error)) throw error;
        // Not both again at the same moment.
        await pause(Math.random() * Math.min(longestPauseMs, 5 * 2 ** tries));
      }
    }
  }
}

async function migrate(settings: PostgresSettings): Promise<void> {
  const use = { schema: schemaOf(settings), connections: 1, patient: true };
  const source = await new DataSource({ ...sourceOptions(settings, use), migrations }).initialize();
  try {
    await source.runMigrations({ transaction: 'each' });
  } finally {
    await source.destroy();
  }
}

/**
 * TypeORM's own `transaction` gives a connection back to the pool even if it could not roll back, and takes a COMMIT that
 * PostgreSQL turned into a ROLLBACK for done.
 */
async function transaction<T>(source: DataSource, begin: Beginning, work: Work<T>): Promise<T> {
  const runner = source.createQueryRunner();
  try {
    const client = (await runner.connect()) as pg.Client;
    try {
      await beginWith(client, begin);
      const result = await work(runner.manager);
      await commit(client);
      return result;
    } catch (error) {
      await rollBack(client);
      throw error;
    }
  } finally {
    await runner.release();
  }
}

/** BEGIN, and the moves. */
function beginning(moves: readonly CheckpointMove[], lockOf: (subscription: string) => string): Beginning {
  const statements = moves.flatMap(({ subscription, partition, from, to }) => {
    const name = pg.escapeLiteral(subscription);
    const move = `UPDATE checkpoints SET "offset" = ${to} WHERE subscription = ${name} AND partition = ${partition} AND "offset" = ${from}`;
    if (from > 0) return [move];
    // There may be none yet. A rebuild finds those that are there by their rows, and keeps new ones from beginning by the lock.
    const lock = pg.escapeLiteral(lockOf(subscription));
    return [
      `SELECT pg_advisory_xact_lock_shared(hashtextextended(${lock}, 0))`,
      `INSERT INTO checkpoints (subscription, partition, "offset") VALUES (${name}, ${partition}, 0) ON CONFLICT DO NOTHING`,
      move,
    ];
  });
  return { text: ['BEGIN', ...statements].join('; '), moves };
}

async function beginWith(client: pg.Client, { text, moves }: Beginning): Promise<void> {
  const answers = [await client.query(text)].flat();
  const moved = answers.filter(({ command }) => command === 'UPDATE');
  moves.forEach((move, at) => {
    if (moved[at]?.rowCount !== 1) throw new StaleOwner(move);
  });
}

async function commit(client: pg.Client): Promise<void> {
  const { command } = await client.query('COMMIT');
  // A statement had failed, and the work went on as if nothing had happened: on PostgreSQL that undoes the whole.
  if (command !== 'COMMIT') throw new Error('a statement of the transaction failed, and nobody was told');
}

async function rollBack(client: pg.Client): Promise<void> {
  try {
    await client.query('ROLLBACK');
  } catch {
    // The caller gets the first error. The connection is of no use to anybody; a pool does not take back one that ends.
    void client.end();
  }
}

import pg from 'pg';
import type { DataSource } from 'typeorm';
import type { CheckpointMove } from '../event-log/event-log.js';
import { StaleOwner, type ViewTransaction } from './view-store.adapter.js';

export type Work<T> = (tx: ViewTransaction) => Promise<T>;

/** How a transaction begins: one text, of which PostgreSQL does nothing more once a part of it failed. */
export interface Beginning {
  readonly text: string;
  /** @throws if a checkpoint did not move: StaleOwner, unless it may only have been held */
  check(answers: readonly pg.QueryResult[]): void;
}

/**
 * TypeORM's own `transaction` gives a connection back to the pool even if it could not roll back, and takes a COMMIT that
 * PostgreSQL turned into a ROLLBACK for done.
 */
export async function transaction<T>(source: DataSource, begin: Beginning, work: Work<T>): Promise<T> {
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
export function beginning(moves: readonly CheckpointMove[], lockOf: (subscription: string) => string): Beginning {
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
  const check = (answers: readonly pg.QueryResult[]) => {
    const moved = answers.filter(({ command }) => command === 'UPDATE');
    moves.forEach((move, at) => {
      if (moved[at]?.rowCount !== 1) throw new StaleOwner(move);
    });
  };
  return { text: ['BEGIN', ...statements].join('; '), check };
}

/** BEGIN, and the moves of one subscription in several partitions, which wait for no one who holds one of them. */
export function beginningOfGroup(subscription: string, moves: readonly CheckpointMove[]): Beginning {
  const name = pg.escapeLiteral(subscription);
  const values = moves.map(({ partition, from, to }) => `(${partition}, ${from}::bigint, ${to}::bigint)`).join(', ');
  const text = `BEGIN; WITH held AS MATERIALIZED (
      SELECT c.partition, m."to" FROM checkpoints AS c
      JOIN (VALUES ${values}) AS m (partition, "from", "to") ON c.partition = m.partition AND c."offset" = m."from"
      WHERE c.subscription = ${name} FOR UPDATE OF c SKIP LOCKED
    )
    UPDATE checkpoints AS c SET "offset" = held."to" FROM held WHERE c.subscription = ${name} AND c.partition = held.partition`;
  const check = (answers: readonly pg.QueryResult[]) => {
    const moved = answers.find(({ command }) => command === 'UPDATE')?.rowCount;
    if (moved !== moves.length) throw new Error(`a checkpoint of ${subscription} is locked or has moved`);
  };
  return { text, check };
}

async function beginWith(client: pg.Client, { text, check }: Beginning): Promise<void> {
  check([await client.query(text)].flat());
}

async function commit(client: pg.Client): Promise<void> {
  const { command } = await client.query('COMMIT');
  // A statement had failed, and the work continued as if nothing had happened: on PostgreSQL that undoes the whole.
  if (command !== 'COMMIT') throw new Error('a statement of the transaction failed without an error');
}

async function rollBack(client: pg.Client): Promise<void> {
  try {
    await client.query('ROLLBACK');
  } catch {
    // The caller gets the first error. The connection is of no use to anybody; a pool does not take back one that ends.
    void client.end();
  }
}

import Database from '#sqlite';
import type { Position } from '../../src/event-log/envelope.js';
import type { Checkpoint, CheckpointMove, CheckpointStore } from '../../src/event-log/event-log.js';

/** A view's database as small as can be: checkpoints, and a table of the ids that a handler has seen. */
export class SqliteCheckpoints implements CheckpointStore<Database.Database> {
  private readonly database: Database.Database;
  private last: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    this.database = new Database(file);
    this.database.exec(`
      CREATE TABLE IF NOT EXISTS checkpoints (subscription TEXT, partition INTEGER, offset INTEGER,
                                              PRIMARY KEY (subscription, partition));
      CREATE TABLE IF NOT EXISTS seen (number INTEGER PRIMARY KEY, subscription TEXT, id TEXT);
    `);
  }

  async load(subscription: string): Promise<Checkpoint> {
    const rows = this.database
      .prepare<[string], { partition: number; offset: number }>('SELECT * FROM checkpoints WHERE subscription = ?')
      .all(subscription);
    return new Map(rows.map(({ partition, offset }) => [partition, offset]));
  }

  /** One transaction at a time: there is one connection. */
  commit(moves: readonly CheckpointMove[], work: (tx: Database.Database) => Promise<void>): Promise<boolean> {
    const mine = this.last.then(() => this.transaction(moves, work));
    this.last = mine.then(
      () => undefined,
      () => undefined,
    );
    return mine;
  }

  /** The ids that a subscription's handler wrote down, in order. */
  seen(subscription: string): readonly string[] {
    return this.database
      .prepare<[string], string>('SELECT id FROM seen WHERE subscription = ? ORDER BY number')
      .pluck()
      .all(subscription);
  }

  /** Sets a checkpoint behind the back of anyone who works with it: another owner. */
  move(subscription: string, { partition, offset }: Position): void {
    this.database.prepare('INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?)').run(subscription, partition, offset);
  }

  close(): void {
    this.database.close();
  }

  private async transaction(
    moves: readonly CheckpointMove[],
    work: (tx: Database.Database) => Promise<void>,
  ): Promise<boolean> {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      for (const { subscription, partition, from } of moves) {
        const stored = (await this.load(subscription)).get(partition) ?? 0;
        if (stored === from) continue;
        this.database.exec('ROLLBACK');
        return false;
      }
      await work(this.database);
      for (const { subscription, partition, to } of moves) this.move(subscription, { partition, offset: to });
      this.database.exec('COMMIT');
      return true;
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
  }
}

export function writeDown(tx: Database.Database, subscription: string, ids: readonly string[]): void {
  const insert = tx.prepare('INSERT INTO seen (subscription, id) VALUES (?, ?)');
  for (const id of ids) insert.run(subscription, id);
}

import type pg from 'pg';
import type { Checkpoint, CheckpointMove, CheckpointStore } from '../../src/event-log/event-log.js';

/** What a handler wrote down, in the order of the writing. */
export interface Seen {
  readonly partition: number;
  readonly id: string;
  readonly by: string;
}

/** A view's database as small as can be: checkpoints, and a table of the ids that handlers have seen. */
export class PostgresCheckpoints implements CheckpointStore<pg.ClientBase> {
  static open(url: string, schema: string): Promise<PostgresCheckpoints>;
  load(subscription: string): Promise<Checkpoint>;
  commit(moves: readonly CheckpointMove[], work: (tx: pg.ClientBase) => Promise<void>): Promise<boolean>;
  /** Writes down ids as one who handles events of a partition. */
  writeDown(
    tx: pg.ClientBase,
    subscription: string,
    partition: number,
    ids: readonly string[],
    by?: string,
  ): Promise<void>;
  seen(subscription: string): Promise<readonly Seen[]>;
  close(): Promise<void>;
}

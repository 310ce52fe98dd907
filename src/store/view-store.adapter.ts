import type { EntityManager } from 'typeorm';
import type { Checkpoint, CheckpointMove, CheckpointStore } from '../event-log/event-log.js';
import { describeError } from '../shared/errors.js';
import { checkpointTable } from './bookkeeping.entity.js';

/** An open transaction on the views' database. */
export type ViewTransaction = EntityManager;

/** Writes into tables that are beside those in use. */
export type WriteBeside = (work: (tx: ViewTransaction) => Promise<void>) => Promise<void>;

/** Fills the tables beside with what is behind `from` up to `upTo`, and says how far it came. */
export type FoldBeside = (write: WriteBeside, from: Checkpoint, upTo: Checkpoint) => Promise<Checkpoint>;

/** Someone else has moved a checkpoint. */
export class StaleOwner extends Error {
  constructor({ subscription, from }: CheckpointMove) {
    super(`${subscription} is no longer at ${from}`);
  }
}

/**
 * The database of the views, the deciders' state and the outbox; also the injection token of it. Engines: SQLite, for one
 * process, and PostgreSQL, for any number.
 */
export abstract class ViewStore implements CheckpointStore<ViewTransaction> {
  /** Whether other processes may work with it at the same time. */
  abstract readonly shared: boolean;

  /** For queries: sees what was committed, and cannot write. */
  abstract get read(): EntityManager;

  /**
   * Runs the work in its own transaction, and rolls it back if it throws. Where transactions get in each other's way,
   * the work is done again from its beginning, so that it must not change anything but through `tx`.
   */
  abstract write<T>(work: (tx: ViewTransaction) => Promise<T>): Promise<T>;

  /**
   * Runs the work while no other work of this name runs, in this process or in another that shares the database. Not within
   * a transaction. Anyone who loses the database meanwhile loses this as well, without being told.
   * @param signal ends the waiting for others, with its reason
   */
  abstract exclusively<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;

  /**
   * Whether an error says that the database is not available, full or overloaded, and nothing about the work itself.
   */
  abstract isAway(error: unknown): boolean;

  /** Of which kind the trouble is that an error tells of: a database that is away says so in several ways. */
  troubleKind(error: unknown): string {
    return this.isAway(error) ? 'the database is not available' : describeError(error);
  }

  /**
   * Fills new tables beside the old ones, and then gives the old ones what is otherwise in the new, in one transaction. Ends
   * with the old tables as they were if anything fails or the process is killed. One at a time, over all processes.
   * @param subscription the tables are to be where this subscription's checkpoints are at the moment of the exchange
   * @param tables names of the tables to replace; the fold writes into no others
   * @param signal ends the waiting for another rebuild, with its reason
   * @returns per table how many rows was otherwise or not at all before
   */
  abstract replaceTables(
    subscription: string,
    tables: readonly string[],
    fold: FoldBeside,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, number>>;

  /** Closes the database once all writes in progress are done. */
  abstract close(): Promise<void>;

  async load(subscription: string): Promise<Checkpoint> {
    const rows = await this.read.find(checkpointTable, { where: { subscription } });
    return new Map(rows.map(({ partition, offset }) => [partition, offset]));
  }

  async commit(moves: readonly CheckpointMove[], work: (tx: ViewTransaction) => Promise<void>): Promise<boolean> {
    try {
      await this.writeMoving(moves, work);
      return true;
    } catch (error) {
      if (error instanceof StaleOwner) return false;
      throw error;
    }
  }

  /**
   * Moves checkpoints and runs the work, in one transaction, which it may share with others. A moved row is locked until that
   * ends, before the work sees anything: who else wants to move it waits, and then finds it moved.
   * @throws StaleOwner if one of them was not where it is moved from
   */
  protected abstract writeMoving(
    moves: readonly CheckpointMove[],
    work: (tx: ViewTransaction) => Promise<void>,
  ): Promise<void>;
}

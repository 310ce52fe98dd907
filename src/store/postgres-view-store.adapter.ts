import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type EntityManager, type EntitySchema } from 'typeorm';
import type { CheckpointMove } from '../event-log/event-log.js';
import { GroupCommit } from '../shared/group-commit.adapter.js';
import { settleAll } from '../shared/settle-all.js';
import { migrations } from './migrations.adapter.js';
import {
  lonelyClient,
  makeReady,
  placeText,
  schemaOf,
  sourceOptions,
  type PostgresPlace,
  type PostgresSettings,
} from './postgres-connection.adapter.js';
import { explainPostgresError, isCollision, isOfOneTransaction, isPostgresAway } from './postgres-errors.adapter.js';
import { lockText, rebuildTables, takeLock } from './postgres-rebuild.adapter.js';
import { beginning, beginningOfGroup, transaction, type Work } from './postgres-transaction.adapter.js';
import { ViewStore, type FoldBeside, type ViewTransaction } from './view-store.adapter.js';

export type { PostgresSettings } from './postgres-connection.adapter.js';

const defaultPoolSize = 10;
/** How often a transaction is done that gets in others' way. */
const mostTries = 6;
const longestPauseMs = 100;

/** A move of one checkpoint, and what is to be done with it. */
interface Moving {
  readonly move: CheckpointMove;
  work(tx: ViewTransaction): Promise<void>;
}

/**
 * The views' database of any number of processes. Transactions run side by side; those that move one subscription on in several
 * partitions become one (docs/decisions/0013).
 */
export class PostgresViewStore extends ViewStore {
  readonly shared = true;
  private readonly inHand = new Set<Promise<unknown>>();
  /** By subscription. */
  private readonly groups = new Map<string, GroupCommit<Moving, void>>();

  private constructor(
    private readonly settings: PostgresPlace,
    private readonly writer: DataSource,
    private readonly reader: DataSource,
  ) {
    super();
  }

  /**
   * Opens the database, and runs the migrations that it lacks: one process at a time, however many start.
   * @throws WardroundError `unreachable` within 10 s, saying what was tried
   */
  static async open(where: PostgresSettings, tables: readonly EntitySchema[]): Promise<PostgresViewStore> {
    const settings: PostgresPlace = { ...where, tables };
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
    const [move, ...others] = moves;
    // One that moves nothing yet makes its checkpoint; two at once hold one and move the other.
    const fitsInGroup = move && others.length === 0 && move.from > 0;
    await this.keep(
      fitsInGroup
        ? this.groupOf(move.subscription).do(`${move.partition}`, { move, work }, move.to - move.from)
        : this.writeInTurns(moves, work),
    );
  }

  private groupOf(subscription: string): GroupCommit<Moving, void> {
    const known = this.groups.get(subscription);
    if (known) return known;
    const group = new GroupCommit<Moving, void>({
      together: async (members) => {
        const begin = beginningOfGroup(
          subscription,
          members.map(({ move }) => move),
        );
        await transaction(this.writer, begin, (tx) => settleAll(members.map(({ work }) => work(tx))));
        return members.map(() => undefined);
      },
      alone: ({ move, work }) => this.writeInTurns([move], work),
      isOfAll: (error) => this.isAway(error) && !isOfOneTransaction(error),
    });
    this.groups.set(subscription, group);
    return group;
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

  /** The lock belongs to its own connection: it ends with the process. */
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
        await sleep(Math.random() * Math.min(longestPauseMs, 5 * 2 ** tries));
      }
    }
  }
}

async function migrate(settings: PostgresPlace): Promise<void> {
  const use = { schema: schemaOf(settings), connections: 1, patient: true };
  const source = await new DataSource({ ...sourceOptions(settings, use), migrations }).initialize();
  try {
    await source.runMigrations({ transaction: 'each' });
  } finally {
    await source.destroy();
  }
}

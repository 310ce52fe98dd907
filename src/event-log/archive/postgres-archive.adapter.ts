import { Logger } from '@nestjs/common';
import pg from 'pg';
import { bundlingSocket } from '../../shared/bundling-socket.adapter.js';
import { WardroundError, describeError } from '../../shared/errors.js';
import { GroupCommit } from '../../shared/group-commit.adapter.js';
import { doneWithin, withTimeLimit } from '../../shared/time-limit.adapter.js';
import type { Checkpoint } from '../event-log.js';
import type { EventTypes } from '../event-types.js';
import type { LogIdentity } from '../log-identity.js';
import { ArchiveIdentity } from './postgres-archive-identity.adapter.js';
import { PostgresArchiveReader, type Cell } from './postgres-archive-reader.adapter.js';
import {
  ensureTables,
  placeOf,
  sqlStateOf,
  toArchiveError,
  type ArchivedTopic,
} from './postgres-archive-schema.adapter.js';
import {
  PostgresArchiveWriter,
  Repeats,
  StaleOwner,
  type ArchivedBatch,
  type ArrivedBatch,
} from './postgres-archive-writer.adapter.js';

export interface ArchiveSettings {
  /** postgres://user:password@host:port/database */
  readonly url: string;
  /** The PostgreSQL schema that the archive's tables are in; `log` unless said otherwise. It is made if it is missing. */
  readonly schema?: string;
}

export interface ArchiveOptions extends ArchiveSettings, ArchivedTopic {
  readonly eventTypes: EventTypes;
}

const schemaNames = /^[a-z_][a-z0-9_]{0,62}$/;
const openPatienceMs = 9_000;
const closePatienceMs = 5_000;
const connectPatienceMs = 5_000;
/** Nothing here takes so long; who waits for longer waits for a server that is paused or cut off. */
const statementPatienceMs = 30_000;
const connections = 8;

const raceAttempts = 5;

/**
 * All events of the log in PostgreSQL, as they came from Kafka: each once, at its offset there plus one, with the checkpoints up
 * to which each partition was read. What follows in a partition is written by its owner alone; anybody may read.
 */
export class PostgresArchive {
  readonly reader: PostgresArchiveReader;
  private readonly writer: PostgresArchiveWriter;
  private readonly identities: ArchiveIdentity;
  private readonly group = new GroupCommit<ArrivedBatch, ArchivedBatch | null>({
    together: (batches) =>
      this.transaction((client, { epoch }) =>
        this.writer.store(client, batches, { waits: false, looksForRepeats: false, epoch }),
      ),
    alone: (batch) => this.storeAlone(batch),
    isOfAll: (error) => !isAnswered(error),
  });

  private constructor(
    private readonly pool: pg.Pool,
    private readonly schema: string,
    private readonly place: string,
    eventTypes: EventTypes,
  ) {
    this.writer = new PostgresArchiveWriter(schema);
    this.identities = new ArchiveIdentity(schema);
    this.reader = new PostgresArchiveReader((sql, values) => this.ask(sql, values), schema, place, eventTypes);
  }

  /**
   * Opens the archive, and makes its tables if they are missing.
   * @throws WardroundError `configuration-invalid`, `unreachable` within some seconds, or `event-unreadable`
   */
  static async open(options: ArchiveOptions): Promise<PostgresArchive> {
    const { url, schema = 'log', eventTypes } = options;
    if (!schemaNames.test(schema)) {
      throw new WardroundError('configuration-invalid', `"${schema}" is not a valid name for the archive's schema`);
    }
    const place = placeOf(url);
    const pool = openPool(url);
    try {
      await withTimeLimit(openPatienceMs, ensureTablesWith(pool, `"${schema}"`, options), (why) => new Error(why));
      return new PostgresArchive(pool, `"${schema}"`, place, eventTypes);
    } catch (error) {
      void pool.end(); // a server that is paused does not answer to that either
      throw toArchiveError(error, place);
    }
  }

  /**
   * Takes in what was read of a partition: events that are new, and the checkpoint, in one transaction, if the
   * checkpoint still is at `from`. An event whose source and id are there already is omitted. One that the database
   * refuses is set aside.
   * @returns null, and nothing is changed, if someone else has moved the checkpoint
   * @throws WardroundError `unreachable`, `no-space`, `internal`: nothing of this batch was taken in, or the first part of it
   */
  async store(batch: ArrivedBatch): Promise<ArchivedBatch | null> {
    try {
      return await this.group.do(`${batch.partition}`, batch, batch.to - batch.from);
    } catch (error) {
      throw toArchiveError(error, this.place);
    }
  }

  private async storeAlone(batch: ArrivedBatch): Promise<ArchivedBatch | null> {
    try {
      return await this.storeWhole(batch);
    } catch (error) {
      if (error instanceof StaleOwner) return null;
      if (!isRefusedData(error)) throw toArchiveError(error, this.place);
      const halves = halvesOf(batch, describeError(error));
      const first = await this.storeAlone(halves[0]);
      if (first === null || halves[1] === null) return first;
      const second = await this.storeAlone(halves[1]);
      if (second === null) return null;
      return {
        recorded: [...first.recorded, ...second.recorded],
        unreadable: first.unreadable + second.unreadable,
      };
    }
  }

  /** Up to where each partition was read from Kafka; a partition that is absent was never read. */
  async checkpoints(): Promise<Checkpoint> {
    const rows = await this.ask(`SELECT partition, "offset" FROM ${this.schema}.checkpoints`, []);
    return new Map(rows.map(([partition, offset]) => [Number(partition), Number(offset)]));
  }

  /** How many records of Kafka were set aside. */
  async unreadableCount(): Promise<number> {
    const [row] = await this.ask(`SELECT count(*) FROM ${this.schema}.unreadable`, []);
    return Number(row?.[0] ?? 0);
  }

  /** Resolves when all connections are closed, or some seconds later if the server does not answer. */
  async close(): Promise<void> {
    await doneWithin(closePatienceMs, this.pool.end()); // what is left of them ends with the process
  }

  private async storeWhole(batch: ArrivedBatch): Promise<ArchivedBatch | null> {
    // Repeats are rare, so they are looked for only when the database has met one.
    for (let attempt = 0; ; attempt++) {
      try {
        const manner = { waits: true, looksForRepeats: attempt > 0 };
        const [stored] = await this.transaction((client, { epoch }) =>
          this.writer.store(client, [batch], { ...manner, epoch }),
        );
        return stored ?? null;
      } catch (error) {
        if (!isRace(error) || attempt === raceAttempts) throw error;
      }
    }
  }

  /** Whose the log is. @throws WardroundError `unreachable` */
  async identity(): Promise<LogIdentity> {
    try {
      const client = await this.pool.connect();
      try {
        return await this.identities.of(client);
      } finally {
        client.release();
      }
    } catch (error) {
      throw toArchiveError(error, this.place);
    }
  }

  /** Makes an archive into which another log is copied a copy of it: the same log, in an epoch behind that of the original. */
  async becomeCopyOf(original: LogIdentity | null): Promise<void> {
    const client = await this.pool.connect();
    try {
      await this.identities.becomeCopyOf(client, original);
    } catch (error) {
      throw toArchiveError(error, this.place);
    } finally {
      client.release();
    }
  }

  /** Commits what the work has started. */
  private async transaction<T>(work: (client: pg.ClientBase, identity: LogIdentity) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken = false;
    try {
      const result = await work(client, await this.identities.of(client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // Where the server did not answer, the connection is thrown away, and the server takes everything back by itself.
      broken = !isAnswered(error);
      if (!broken) await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release(broken);
    }
  }

  private async ask(text: string, values: readonly unknown[]): Promise<readonly (readonly Cell[])[]> {
    try {
      return (await this.pool.query<Cell[]>({ text, values: [...values], rowMode: 'array' })).rows;
    } catch (error) {
      throw toArchiveError(error, this.place);
    }
  }
}

async function ensureTablesWith(pool: pg.Pool, schema: string, archived: ArchivedTopic): Promise<void> {
  const client = await pool.connect();
  try {
    await ensureTables(client, schema, archived);
  } finally {
    client.release();
  }
}

function openPool(connectionString: string): pg.Pool {
  const logger = new Logger('Archive');
  const pool = new pg.Pool({
    connectionString,
    max: connections,
    pipeline: true,
    stream: bundlingSocket,
    connectionTimeoutMillis: connectPatienceMs,
    query_timeout: statementPatienceMs,
    statement_timeout: statementPatienceMs,
    keepAlive: true,
    application_name: 'wardround log',
  });
  // A connection that breaks says so in an event too, which would end the process. Who uses it hears of it anyhow.
  pool.on('connect', (client) => client.on('error', (error) => logger.debug(`a connection broke: ${error.message}`)));
  pool.on('error', (error) => logger.debug(`an idle connection broke: ${error.message}`));
  return pool;
}

/** Another partition's transaction held what this one needed, and the other way round; or had the same event first. */
function isRace(error: unknown): boolean {
  return error instanceof Repeats || sqlStateOf(error) === '40P01';
}

function isAnswered(error: unknown): boolean {
  return sqlStateOf(error) !== null || error instanceof StaleOwner || error instanceof Repeats;
}

/** A value that a column or an index cannot hold: the event is at fault, not the database. */
function isRefusedData(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== null && (state.startsWith('22') || state.startsWith('54'));
}

/** The batch in two, so that the event at fault comes to be alone; alone, it is set aside. */
function halvesOf(batch: ArrivedBatch, error: string): [ArrivedBatch, ArrivedBatch | null] {
  const { arrived, unreadable, from, to } = batch;
  const [only] = arrived;
  if (!only) throw new WardroundError('internal', `the set-aside events were rejected: ${error}`);
  if (arrived.length === 1) {
    const { partitionkey } = only.event;
    const bytes = { key: Buffer.from(partitionkey), value: Buffer.from(JSON.stringify(only.event)) };
    return [{ ...batch, arrived: [], unreadable: [...unreadable, { offset: only.offset, ...bytes, error }] }, null];
  }
  const middle = Math.floor(arrived.length / 2);
  const cut = arrived[middle - 1]?.offset ?? from;
  return [
    {
      ...{ partition: batch.partition, from, to: cut, arrived: arrived.slice(0, middle) },
      unreadable: unreadable.filter(({ offset }) => offset <= cut),
    },
    {
      ...{ partition: batch.partition, from: cut, to, arrived: arrived.slice(middle) },
      unreadable: unreadable.filter(({ offset }) => offset > cut),
    },
  ];
}

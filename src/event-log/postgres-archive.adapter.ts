import { Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { WardroundError, describeError } from '../shared/errors.js';
import { fromIso } from '../shared/instant.js';
import { isDecision } from './checked-events.js';
import type { Event, Recorded } from './envelope.js';
import type { Checkpoint } from './event-log.js';
import { versionOf, type EventTypes } from './event-types.js';
import { bigints, byteStrings, texts } from './postgres-arrays.adapter.js';
import { PostgresArchiveReader, type Cell } from './postgres-archive-reader.adapter.js';
import {
  ensureTables,
  placeOf,
  sqlStateOf,
  toArchiveError,
  type ArchivedTopic,
} from './postgres-archive-schema.adapter.js';

export interface ArchiveSettings {
  /** postgres://user:password@host:port/database */
  readonly url: string;
  /** The PostgreSQL schema that the archive's tables are in; `log` unless said otherwise. It is made if it is missing. */
  readonly schema?: string;
}

export interface ArchiveOptions extends ArchiveSettings, ArchivedTopic {
  readonly eventTypes: EventTypes;
}

/** An event as it came from Kafka. */
export interface Arrived {
  /** Kafka's, plus one. */
  readonly offset: number;
  readonly event: Event;
}

/** What lies in Kafka and is no event of ours. */
export interface SetAside {
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly error: string;
}

/** What an intake has read of a partition: everything behind `from` up to `to`. */
export interface ArrivedBatch {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  /** In order. */
  readonly arrived: readonly Arrived[];
  readonly unreadable: readonly SetAside[];
}

export interface ArchivedBatch {
  /** Those that were new, with their sequences; in the versions of their types that they were written with. */
  readonly recorded: readonly Recorded[];
  readonly unreadable: number;
}

const schemaNames = /^[a-z_][a-z0-9_]{0,62}$/;
const openPatienceMs = 9_000;
const closePatienceMs = 5_000;
const connectPatienceMs = 5_000;
/** Nothing here takes so long; who waits for longer waits for a server that is paused or cut off. */
const statementPatienceMs = 30_000;
const connections = 8;

/**
 * The batch need not be on disk when it is committed: after a crash of the database its events are read from Kafka again. A
 * subscription's checkpoint in the same server is never ahead of it, since what was committed later stands later in the
 * server's own log. Who dies, or is paused, in the middle of a transaction must not hold the partition's row for ever.
 */
const begin = `BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL idle_in_transaction_session_timeout = '10s'`;

const raceAttempts = 5;

/** An event with the number that it gets, as text since it may have 16 digits. */
interface Numbered extends Arrived {
  readonly sequence: string | null;
}

class Repeats extends Error {}
class StaleOwner extends Error {}

/**
 * All events of the log in PostgreSQL, as they came from Kafka: each once, at its offset there plus one, with the checkpoints up
 * to which each partition was read. What follows in a partition is written by its owner alone; anybody may read.
 */
export class PostgresArchive {
  readonly reader: PostgresArchiveReader;

  private constructor(
    private readonly pool: pg.Pool,
    private readonly schema: string,
    private readonly place: string,
    eventTypes: EventTypes,
  ) {
    this.reader = new PostgresArchiveReader((sql, values) => this.ask(sql, values), schema, place, eventTypes);
  }

  /**
   * Opens the archive, and makes its tables if they are missing.
   * @throws WardroundError `configuration-invalid`, `unreachable` within some seconds, or `event-unreadable`
   */
  static async open(options: ArchiveOptions): Promise<PostgresArchive> {
    const { url, schema = 'log', eventTypes } = options;
    if (!schemaNames.test(schema)) {
      throw new WardroundError('configuration-invalid', `"${schema}" is no name for the archive's schema`);
    }
    const place = placeOf(url);
    const pool = openPool(url);
    try {
      await within(openPatienceMs, ensureTablesWith(pool, `"${schema}"`, options));
      return new PostgresArchive(pool, `"${schema}"`, place, eventTypes);
    } catch (error) {
      void pool.end(); // a server that is paused does not answer to that either
      throw toArchiveError(error, place);
    }
  }

  /**
   * Takes in what was read of a partition: events that are new, and the checkpoint, in one transaction, if the checkpoint still
   * stands at `from`. An event whose source and id are there already is left out. One that the database refuses is set aside.
   * @returns null, and nothing is changed, if somebody else has moved the checkpoint
   * @throws WardroundError `unreachable`, `no-space`, `internal`: nothing of this batch was taken in, or the first part of it
   */
  async store(batch: ArrivedBatch): Promise<ArchivedBatch | null> {
    try {
      return await this.storeWhole(batch);
    } catch (error) {
      if (error instanceof StaleOwner) return null;
      if (!isRefusedData(error)) throw toArchiveError(error, this.place);
      const halves = halvesOf(batch, describeError(error));
      const first = await this.store(halves[0]);
      if (first === null || halves[1] === null) return first;
      const second = await this.store(halves[1]);
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
    await within(closePatienceMs, this.pool.end()).catch(() => undefined); // they end with the process
  }

  private async storeWhole(batch: ArrivedBatch): Promise<ArchivedBatch> {
    // Repeats are rare, so they are looked for only when the database has met one.
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.transaction((client) => this.storeIn(client, batch, attempt > 0));
      } catch (error) {
        if (!isRace(error) || attempt === raceAttempts) throw error;
      }
    }
  }

  private async storeIn(client: pg.ClientBase, batch: ArrivedBatch, lookForRepeats: boolean): Promise<ArchivedBatch> {
    await this.moveCheckpoint(client, batch);
    const distinct = withoutRepeats(batch.arrived);
    const last = await this.lockCounters(client, distinct);
    const fresh = lookForRepeats ? await this.withoutStored(client, distinct) : distinct;
    const { numbered, moved } = number(fresh, last);
    if (fresh.length > 0 && (await this.insert(client, batch.partition, numbered)) !== fresh.length)
      throw new Repeats();
    await this.moveCounters(client, moved);
    await this.setAside(client, batch);
    return {
      recorded: numbered.map(({ offset, event, sequence }) => ({
        event: sequence === null ? event : { ...event, sequence },
        position: { partition: batch.partition, offset },
      })),
      unreadable: batch.unreadable.length,
    };
  }

  /** Lock and fence at once: another owner waits here until this transaction is done, and then finds that it comes too late. */
  private async moveCheckpoint(client: pg.ClientBase, { partition, from, to }: ArrivedBatch): Promise<void> {
    const table = `${this.schema}.checkpoints`;
    if (from === 0) await client.query(`INSERT INTO ${table} VALUES ($1, 0) ON CONFLICT DO NOTHING`, [partition]);
    const moved = await client.query({
      name: 'move checkpoint',
      text: `UPDATE ${table} SET "offset" = $3 WHERE partition = $1 AND "offset" = $2`,
      values: [partition, from, to],
    });
    if (moved.rowCount !== 1) throw new StaleOwner(`partition ${partition} is no longer at ${from}`);
  }

  /**
   * The last number of each source that is counted here, held until the end of the transaction: a source may speak in several
   * partitions. In the order of their names, so that no two transactions wait for each other.
   */
  private async lockCounters(client: pg.ClientBase, arrived: readonly Arrived[]): Promise<Map<string, number>> {
    const sources = [...new Set(arrived.filter(isCounted).map(({ event }) => event.source))].sort();
    const last = new Map<string, number>();
    if (sources.length === 0) return last;
    const lock = {
      name: 'lock counters',
      text: `SELECT source, last FROM ${this.schema}.sources WHERE source = ANY($1::text[]) ORDER BY source FOR UPDATE`,
      values: [texts(sources)],
    };
    const read = async () => {
      for (const row of (await client.query<{ source: string; last: string }>(lock)).rows) {
        last.set(row.source, Number(row.last));
      }
    };
    await read();
    if (last.size === sources.length) return last;
    await client.query(
      `INSERT INTO ${this.schema}.sources SELECT source, 0 FROM unnest($1::text[]) AS new (source) ON CONFLICT DO NOTHING`,
      [texts(sources)],
    );
    await read();
    return last;
  }

  private async moveCounters(client: pg.ClientBase, moved: ReadonlyMap<string, number>): Promise<void> {
    if (moved.size === 0) return;
    await client.query({
      name: 'move counters',
      text: `UPDATE ${this.schema}.sources AS s SET last = n.last
             FROM unnest($1::text[], $2::bigint[]) AS n (source, last) WHERE s.source = n.source`,
      values: [texts([...moved.keys()]), bigints([...moved.values()])],
    });
  }

  private async withoutStored(client: pg.ClientBase, arrived: readonly Arrived[]): Promise<readonly Arrived[]> {
    const { rows } = await client.query<{ id: string; source: string }>(
      `SELECT e.id, e.source FROM unnest($1::text[], $2::text[]) AS n (id, source)
       JOIN ${this.schema}.events AS e ON e.id = n.id AND e.source = n.source`,
      [texts(arrived.map(({ event }) => event.id)), texts(arrived.map(({ event }) => event.source))],
    );
    const stored = new Set(rows.map(identity));
    return arrived.filter(({ event }) => !stored.has(identity(event)));
  }

  private async insert(client: pg.ClientBase, partition: number, rows: readonly Numbered[]): Promise<number> {
    const text = (of: (event: Event) => string | null) => texts(rows.map(({ event }) => of(event)));
    const integer = (of: (row: Numbered) => number) => bigints(rows.map(of));
    const inserted = await client.query({
      name: 'insert events',
      text: `INSERT INTO ${this.schema}.events
               (partition, "offset", time, recordedtime, version, type, source, id, subject, partitionkey, sequence,
                causationid, actor, data)
             SELECT $1::integer, "offset", time, recordedtime, version, type, source, id, subject, partitionkey, sequence::bigint,
                    causationid, actor, data
             FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[],
                         $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[])
               AS n ("offset", time, recordedtime, version, type, source, id, subject, partitionkey, sequence,
                     causationid, actor, data)
             ON CONFLICT DO NOTHING`,
      values: [
        partition,
        integer(({ offset }) => offset),
        integer(({ event }) => fromIso(event.time)),
        integer(({ event }) => fromIso(event.recordedtime)),
        integer(({ event }) => versionOf(event.dataschema)),
        text(({ type }) => type),
        text(({ source }) => source),
        text(({ id }) => id),
        text(({ subject }) => subject),
        text(({ partitionkey }) => partitionkey),
        texts(rows.map(({ sequence }) => sequence)),
        text(({ causationid }) => causationid ?? null),
        text(({ actor }) => actor ?? null),
        text(({ data }) => JSON.stringify(data)),
      ],
    });
    return inserted.rowCount ?? 0;
  }

  private async setAside(client: pg.ClientBase, { partition, unreadable }: ArrivedBatch): Promise<void> {
    if (unreadable.length === 0) return;
    await client.query(
      `INSERT INTO ${this.schema}.unreadable (partition, "offset", key, value, error)
       SELECT $1::integer, * FROM unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::text[])`,
      [
        partition,
        bigints(unreadable.map(({ offset }) => offset)),
        byteStrings(unreadable.map(({ key }) => key)),
        byteStrings(unreadable.map(({ value }) => value)),
        texts(unreadable.map(({ error }) => error.replaceAll('\0', ' '))),
      ],
    );
  }

  private async transaction<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken = false;
    try {
      await client.query(begin);
      const result = await work(client);
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

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = pause(ms, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`no answer within ${ms / 1000} s`);
  });
  late.catch(() => undefined); // whoever waits is told by the race
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
  }
}

function openPool(connectionString: string): pg.Pool {
  const logger = new Logger('Archive');
  const pool = new pg.Pool({
    connectionString,
    max: connections,
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

/** Whether an event gets a number, or moves its source's counter. */
function isCounted({ event }: Arrived): boolean {
  return event.sequence !== undefined || !isDecision(event);
}

/** Gives each fact the number behind the last of its source; one that it brought along counts as given here. */
function number(
  arrived: readonly Arrived[],
  last: Map<string, number>,
): { numbered: readonly Numbered[]; moved: ReadonlyMap<string, number> } {
  const moved = new Map<string, number>();
  const numbered = arrived.map((one): Numbered => {
    if (!isCounted(one)) return { ...one, sequence: null };
    const { source, sequence: brought } = one.event;
    const before = moved.get(source) ?? last.get(source) ?? 0;
    const sequence = brought ?? String(before + 1).padStart(16, '0');
    const counted = Number(sequence);
    if (counted > before && Number.isSafeInteger(counted)) moved.set(source, counted);
    return { ...one, sequence };
  });
  return { numbered, moved };
}

function withoutRepeats(arrived: readonly Arrived[]): readonly Arrived[] {
  const seen = new Set<string>();
  return arrived.filter(({ event }) => {
    const before = seen.size;
    return seen.add(identity(event)).size > before;
  });
}

/** A line feed may be in a source, but then not in the id behind the last one. */
function identity({ source, id }: Pick<Event, 'source' | 'id'>): string {
  return `${id}\n${source}`;
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
  if (!only) throw new WardroundError('internal', `what is set aside was refused: ${error}`);
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

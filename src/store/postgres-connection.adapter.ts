import { Logger } from '@nestjs/common';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { DataSourceOptions, EntitySchema } from 'typeorm';
import { bundlingSocket } from '../shared/bundling-socket.adapter.js';
import { WardroundError } from '../shared/errors.js';
import { explainPostgresError, sqlState } from './postgres-errors.adapter.js';
import { bookkeepingTables } from './bookkeeping.entity.js';

export interface PostgresSettings {
  /** `postgres://user:password@host:port/database`, with what https://node-postgres.com/features/ssl says of TLS. */
  readonly url: string;
  /** Where the tables are; made if it is not there. `public` if absent. */
  readonly schema?: string;
  /** How many transactions run at once; half as many connections again are for reading. 10 if absent. */
  readonly poolSize?: number;
}

/** Opening fails within 10 s: this much for the connection, and the rest for the first questions. */
const openPatienceMs = 7_000;
const firstQuestionsMs = 2_500;
/** A server that starts is waited for, a little. */
const startingPauseMs = 250;

const oldestVersion = 14;

/** Of one statement. A batch takes well below a second. */
const statementTimeoutMs = 30_000;
/**
 * Who waits for a checkpoint, while a rebuild exchanges its tables or a process that had the partition is paused, gives its
 * connection back after this and tries again: other subscriptions need it meanwhile.
 */
const lockTimeoutMs = 5_000;
/** A process that is paused within a transaction holds its checkpoints no longer than this. */
const idleInTransactionMs = 20_000;
/** After the server's own limit: then it is away, or the network is. */
const silenceMs = 40_000;
/** For a new connection, or for one of the pool while all are at work. */
const connectPatienceMs = 15_000;

/** How a connection is used. `patient` ones may take their time over a statement. */
export interface ConnectionUse {
  readonly schema: string;
  readonly connections: number;
  readonly readOnly?: boolean;
  readonly patient?: boolean;
}

const logger = new Logger('PostgreSQL');

export function schemaOf({ schema }: PostgresSettings): string {
  return schema ?? 'public';
}

/** A database of views with the tables in it, beside the store's own. */
export interface PostgresPlace extends PostgresSettings {
  readonly tables: readonly EntitySchema[];
}

/** What TypeORM needs to open a pool of connections. */
export function sourceOptions(place: PostgresPlace, use: ConnectionUse): DataSourceOptions {
  return {
    type: 'postgres',
    driver: pg,
    url: place.url,
    entities: [...bookkeepingTables, ...place.tables],
    applicationName: 'wardround',
    installExtensions: false,
    // A connection that breaks while no one uses it: the pool opens another. Without a handler it would end the
    // process.
    poolErrorHandler: (error: Error) => logger.warn(`a connection was lost: ${error.message}`),
    extra: {
      max: use.connections,
      // Statements that do not need each other's answers are sent together.
      pipeline: true,
      connectionTimeoutMillis: connectPatienceMs,
      keepAlive: true,
      stream: use.patient ? bundlingSocket : socketThatEndsWhenSilent,
      onConnect: (client: pg.Client) => beginSession(client, use),
    },
  };
}

/** Said in the session, not in the URL, where what the user wrote there would replace it. */
async function beginSession(client: pg.Client, { schema, readOnly = false, patient = false }: ConnectionUse) {
  await client.query(
    [
      `SET search_path = ${pg.escapeIdentifier(schema)}`,
      `SET default_transaction_read_only = ${readOnly ? 'on' : 'off'}`,
      `SET statement_timeout = ${patient ? 0 : statementTimeoutMs}`,
      `SET lock_timeout = ${patient ? 0 : lockTimeoutMs}`,
      `SET idle_in_transaction_session_timeout = ${patient ? 0 : idleInTransactionMs}`,
      // The server lets go of what a computer holds that has gone without a word.
      ...['SET tcp_keepalives_idle = 20', 'SET tcp_keepalives_interval = 10', 'SET tcp_keepalives_count = 3'],
    ].join('; '),
  );
}

/**
 * A server that is paused, or behind a network that swallows everything, neither answers nor refuses: pg would wait for as
 * long as TCP does, a quarter of an hour. `query_timeout` is no help: it leaves the connection in the pool, still waiting.
 */
function socketThatEndsWhenSilent(): Socket {
  const socket = bundlingSocket();
  // What is said over TLS counts too: Node tells the socket beneath of it.
  return socket.setTimeout(silenceMs, () => {
    const text = `Connection terminated: no answer from PostgreSQL for ${silenceMs / 1000} s`;
    socket.destroy(Object.assign(new Error(text), { code: 'ETIMEDOUT' }));
  });
}

/** One connection of its own, outside of all pools. Never ends the process when it breaks. */
export function lonelyClient(settings: PostgresSettings, patience: Partial<pg.ClientConfig> = {}): pg.Client {
  try {
    const client = new pg.Client({
      connectionString: settings.url,
      application_name: 'wardround',
      connectionTimeoutMillis: connectPatienceMs,
      keepAlive: true,
      ...patience,
    });
    client.on('error', (error) => logger.warn(`a connection was lost: ${error.message}`));
    return client;
  } catch (error) {
    throw new WardroundError(
      'unreachable',
      'the URL of PostgreSQL cannot be read',
      'It looks like postgres://user:password@host:5432/database',
      { cause: error },
    );
  }
}

/** What a person recognises a database by. Never the password. */
export function placeText({ host, port, database, user }: pg.Client): string {
  return `PostgreSQL at ${host}:${port}, database "${database}", as "${user}"`;
}

/**
 * Makes sure that the database is there and of use, and that it has the schema.
 * @throws WardroundError `unreachable` within 10 s, saying what was tried
 */
export async function makeReady(settings: PostgresSettings): Promise<void> {
  const deadline = performance.now() + openPatienceMs;
  for (;;) {
    const left = Math.max(1, deadline - performance.now());
    const client = lonelyClient(settings, { connectionTimeoutMillis: left, query_timeout: firstQuestionsMs });
    try {
      await client.connect();
      return await examine(client, schemaOf(settings));
    } catch (error) {
      const starting = sqlState(error) === '57P03' && performance.now() + startingPauseMs < deadline;
      if (!starting) throw explainPostgresError(placeText(client), error);
    } finally {
      // One that answers no more would be waited for.
      client.end().catch((error: unknown) => logger.debug(String(error)));
    }
    await sleep(startingPauseMs);
  }
}

async function examine(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query<Facts>(
    `SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('server_encoding') AS encoding,
            current_setting('transaction_read_only') = 'on' AS "readOnly",
            EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS "hasSchema"`,
    [schema],
  );
  const fault = faultOf(rows[0]);
  if (fault) throw new WardroundError('unreachable', `${placeText(client)}: ${fault.what}`, fault.advice);
  if (!rows[0]?.hasSchema) await makeSchema(client, schema);
}

/** Of two that make it at once, PostgreSQL would refuse one, IF NOT EXISTS or not. Both statements are one transaction. */
async function makeSchema(client: pg.Client, schema: string): Promise<void> {
  const lock = `SELECT pg_advisory_xact_lock(hashtextextended(${pg.escapeLiteral(`wardround/${schema}`)}, 0))`;
  await client.query(`${lock}; CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(schema)}`);
}

interface Facts {
  readonly version: number;
  readonly encoding: string;
  readonly readOnly: boolean;
  readonly hasSchema: boolean;
}

function faultOf(facts: Facts | undefined): { readonly what: string; readonly advice: string } | null {
  if (!facts) return { what: 'it does not respond', advice: 'Check that this is PostgreSQL' };
  const { version, encoding, readOnly } = facts;
  if (version < oldestVersion) {
    return { what: `it is version ${version}`, advice: `Wardround needs ${oldestVersion} or newer` };
  }
  if (encoding !== 'UTF8') {
    return {
      what: `its encoding is ${encoding}`,
      advice: "Create the database with ENCODING 'UTF8' TEMPLATE template0",
    };
  }
  return readOnly ? { what: 'it is read-only', advice: 'Use the primary server, not a standby' } : null;
}

import pg from 'pg';
import { WardroundError, describeError } from '../../shared/errors.js';
import { epochOfOldEvents } from '../log-identity.js';

/** In `log.layout`. A later layout counts on from here, with a step that changes the tables of the one before. */
const layout = 2;

/** Which log the archive is of: a second topic in the same tables would mix with the first. */
export interface ArchivedTopic {
  readonly topic: string;
  readonly partitions: number;
}

/**
 * Texts such as subjects may be longer than PostgreSQL takes into an index, and would make it as large as the table: what is
 * indexed is a hash of them, and the text itself is compared as well. `ofPartition` in the names tells that the rows come in a
 * partition's order, by which readers continue from page to page.
 *
 * `unreadable` holds what is in Kafka and is not an event of ours; the archive has no event at that offset.
 */
function tablesIn(schema: string): string {
  const byHash = ['subject', 'partitionkey', 'source', 'type'].map(
    (column) =>
      `CREATE INDEX events_by_${column} ON ${schema}.events (hashtextextended(${column}, 0), partition, "offset");`,
  );
  return `
    CREATE TABLE ${schema}.layout (version integer NOT NULL, topic text NOT NULL, partitions integer NOT NULL);
    CREATE TABLE ${schema}.events (
      partition integer NOT NULL,
      "offset" bigint NOT NULL,        -- Kafka's, plus one
      time bigint NOT NULL,            -- milliseconds since 1970, like recordedtime
      recordedtime bigint NOT NULL,
      version integer NOT NULL,        -- of the type's schema
      type text NOT NULL,
      source text NOT NULL,
      id text NOT NULL,
      subject text NOT NULL,
      partitionkey text NOT NULL,
      sequence bigint,
      causationid text,
      actor text,
      data text NOT NULL,              -- JSON
      PRIMARY KEY (partition, "offset"),
      UNIQUE (id, source)              -- ids grow with time: new ones come to stand side by side
    );
    ${byHash.join('\n    ')}
    CREATE INDEX events_by_time ON ${schema}.events (partition, time);
    CREATE TABLE ${schema}.sources (source text PRIMARY KEY, last bigint NOT NULL) WITH (fillfactor = 50);
    CREATE TABLE ${schema}.checkpoints (partition integer PRIMARY KEY, "offset" bigint NOT NULL) WITH (fillfactor = 10);
    CREATE TABLE ${schema}.unreadable (
      partition integer NOT NULL,
      "offset" bigint NOT NULL,
      key bytea,
      value bytea,
      error text NOT NULL,
      found timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (partition, "offset")
    );
    CREATE VIEW ${schema}.readable_events AS
      SELECT partition, "offset", to_timestamp(time / 1000.0) AS time, type, version, source, subject, partitionkey, id,
             sequence, causationid, actor, data
      FROM ${schema}.events;
    INSERT INTO ${schema}.layout VALUES (1, $topic$, $partitions$);`;
}

/**
 * Layout 2: the log has an identity, and facts are counted per source and epoch. `epoch` is null for events of the
 * first epoch of older logs, and for those without a sequence. Processes of the version before, which continue
 * meanwhile, count in that first epoch.
 */
function identitiesIn(schema: string): string {
  return `
    ALTER TABLE ${schema}.events ADD COLUMN epoch text;
    ALTER TABLE ${schema}.sources ADD COLUMN epoch text NOT NULL DEFAULT '${epochOfOldEvents}';
    ALTER TABLE ${schema}.sources DROP CONSTRAINT sources_pkey, ADD PRIMARY KEY (source, epoch);
    CREATE TABLE ${schema}.identity (
      one integer PRIMARY KEY CHECK (one = 1),
      id text NOT NULL,
      epoch text NOT NULL,
      because text NOT NULL,
      before text,
      place text NOT NULL              -- the server, database and table that it was written in
    );
    CREATE OR REPLACE VIEW ${schema}.readable_events AS
      SELECT partition, "offset", to_timestamp(time / 1000.0) AS time, type, version, source, subject, partitionkey, id,
             sequence, causationid, actor, data,
             CASE WHEN sequence IS NOT NULL THEN COALESCE(epoch, '${epochOfOldEvents}') END AS epoch
      FROM ${schema}.events;
    UPDATE ${schema}.layout SET version = 2;`;
}

/**
 * Makes the archive's tables in their own schema if they are missing. Any number of processes may do this at once.
 * @param schema its name, quoted
 * @throws WardroundError `configuration-invalid` if the archive is of another topic or number of partitions;
 * `event-unreadable` if it is of a newer layout
 */
export async function ensureTables(client: pg.ClientBase, schema: string, archived: ArchivedTopic): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('wardround: tables of ' || $1, 0))", [schema]);
    const { rows: found } = await client.query<{ there: boolean }>(`SELECT to_regclass($1) IS NOT NULL AS there`, [
      `${schema}.layout`,
    ]);
    if (found[0]?.there !== true) {
      await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
      await client.query(
        tablesIn(schema)
          .replace('$topic$', () => pg.escapeLiteral(archived.topic))
          .replace('$partitions$', String(archived.partitions)),
      );
    }
    const { rows } = await client.query<ArchivedTopic & { version: number }>(`SELECT * FROM ${schema}.layout`);
    refuseForeign(rows[0], schema, archived);
    if (rows[0]?.version === 1) await client.query(identitiesIn(schema));
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

function refuseForeign(
  found: (ArchivedTopic & { readonly version: number }) | undefined,
  schema: string,
  { topic, partitions }: ArchivedTopic,
): void {
  if (!found || found.version > layout) {
    throw new WardroundError(
      'event-unreadable',
      `the archive in ${schema} has layout ${found?.version}; this version of Wardround knows layouts up to ${layout}`,
      'Start the version that wrote it, or a newer one',
    );
  }
  if (found.topic === topic && found.partitions === partitions) return;
  throw new WardroundError(
    'configuration-invalid',
    `the archive in ${schema} is of the topic ${found.topic} with ${found.partitions} partitions, ` +
      `and eventLog names ${topic} with ${partitions}`,
    'Set topic and partitions to those of the archive, or use a separate database for the new log',
  );
}

/** The host, port and database that a URL names, without what is secret in it. */
export function placeOf(url: string): string {
  try {
    const { host, pathname, searchParams } = new URL(url);
    return `${searchParams.get('host') ?? host}${pathname}`;
  } catch {
    return 'an invalid URL'; // told as it is: what is wrong with it may be the password in it
  }
}

/** SQLSTATE classes and codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) of a database that is away. */
const away = /^(?:08|57P0|53300|25P03|25P04)/;

/** Sorts what PostgreSQL and its driver throw into our errors. */
export function toArchiveError(error: unknown, place: string): WardroundError {
  if (error instanceof WardroundError) return error;
  const why = describeError(firstOf(error));
  const state = sqlStateOf(error);
  const cause = { cause: error };
  if (state === null || away.test(state)) {
    return new WardroundError(
      'unreachable',
      `the archive is not reachable: tried PostgreSQL at ${place} (${why})`,
      'Start the database, or correct its URL',
      cause,
    );
  }
  if (state.startsWith('28') || state === '3D000' || state === '42501') {
    return new WardroundError(
      'configuration-invalid',
      `PostgreSQL at ${place} refuses the archive: ${why}`,
      'Correct the user, password and database in its URL, and allow the user to create a schema',
      cause,
    );
  }
  if (state === '53100') {
    return new WardroundError('no-space', `no space for the archive at ${place}`, 'Free some space on its disk', cause);
  }
  return new WardroundError('internal', `the archive at ${place} failed: ${why} (${state})`, undefined, cause);
}

/** The SQLSTATE of an error of the server; null for one of the connection to it. */
export function sqlStateOf(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null;
}

/** Node gathers what it met at several addresses of one host. */
function firstOf(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error;
  const errors: readonly unknown[] = error.errors;
  return errors[0] ?? error;
}

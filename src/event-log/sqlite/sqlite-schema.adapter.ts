import Database from '#sqlite';
import { WardroundError, type ErrorCode } from '../../shared/errors.js';
import { epochOfOldEvents } from '../log-identity.js';
import { identify } from './sqlite-identity.adapter.js';

/** `user_version` of the file. A later layout counts on from here, with a step that changes the tables of the one before. */
const layout = 2;

/** `application_id` of the file, "Ward" in ASCII: tells an event log from any other database. */
const applicationId = 0x57617264;

/**
 * Sources, types, subjects and partition keys stand a thousand times in a log, so `events` holds their numbers in `words`:
 * a row is half as long, and an index on such a column costs eight bytes a row. `readable_events` is for people who look
 * into the file.
 *
 * Reads walk along the offsets; subject, type and time, by which people ask for little out of much, have an index. Source
 * and partition key have none of their own: on one machine nearly every event has the same.
 */
const tables = `
  CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE sequences (source INTEGER PRIMARY KEY REFERENCES words, last INTEGER NOT NULL) STRICT;
  CREATE TABLE events (
    offset INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,          -- milliseconds since 1970, like recordedtime
    recordedtime INTEGER NOT NULL,
    type INTEGER NOT NULL REFERENCES words,
    version INTEGER NOT NULL,       -- of the type's schema
    source INTEGER NOT NULL REFERENCES words,
    subject INTEGER NOT NULL REFERENCES words,
    partitionkey INTEGER NOT NULL REFERENCES words,
    id TEXT NOT NULL,
    sequence INTEGER,
    causationid TEXT,
    actor TEXT,
    data TEXT NOT NULL,             -- JSON
    UNIQUE (source, id)
  ) STRICT;
  CREATE INDEX events_of_subject ON events (subject);
  CREATE INDEX events_of_type ON events (type);
  CREATE INDEX events_by_time ON events (time);
  CREATE VIEW readable_events AS
    SELECT e.offset, strftime('%Y-%m-%dT%H:%M:%fZ', e.time / 1000.0, 'unixepoch') AS time, t.text AS type, e.version,
           so.text AS source, su.text AS subject, p.text AS partitionkey, e.id, e.sequence, e.causationid, e.actor, e.data
    FROM events e JOIN words t ON t.id = e.type JOIN words so ON so.id = e.source
                  JOIN words su ON su.id = e.subject JOIN words p ON p.id = e.partitionkey;
  PRAGMA application_id = ${applicationId};
`;

/**
 * Layout 2: the log has an identity, and facts are counted per source and epoch. `epoch` is null for events of the first
 * epoch of older logs, and for those without a sequence.
 */
const identities = `
  CREATE TABLE identity (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    epoch TEXT NOT NULL,
    because TEXT NOT NULL,
    before TEXT,
    marked INTEGER NOT NULL         -- 1 once the mark beside the file says so too
  ) STRICT;
  CREATE TABLE IF NOT EXISTS holder (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    installation TEXT NOT NULL,
    folder TEXT NOT NULL,
    restoration TEXT                -- JSON
  ) STRICT;
  ALTER TABLE holder ADD COLUMN epoch TEXT;
  ALTER TABLE events ADD COLUMN epoch INTEGER REFERENCES words;
  INSERT OR IGNORE INTO words (text) VALUES ('${epochOfOldEvents}');
  ALTER TABLE sequences RENAME TO sequences_before;
  CREATE TABLE sequences (
    source INTEGER NOT NULL REFERENCES words,
    epoch INTEGER NOT NULL REFERENCES words,
    last INTEGER NOT NULL,
    PRIMARY KEY (source, epoch)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO sequences SELECT s.source, w.id, s.last FROM sequences_before s, words w WHERE w.text = '${epochOfOldEvents}';
  DROP TABLE sequences_before;
  DROP VIEW readable_events;
  CREATE VIEW readable_events AS
    SELECT e.offset, strftime('%Y-%m-%dT%H:%M:%fZ', e.time / 1000.0, 'unixepoch') AS time, t.text AS type, e.version,
           so.text AS source, su.text AS subject, p.text AS partitionkey, e.id, e.sequence, e.causationid, e.actor, e.data,
           CASE WHEN e.sequence IS NOT NULL THEN COALESCE(ep.text, '${epochOfOldEvents}') END AS epoch
    FROM events e JOIN words t ON t.id = e.type JOIN words so ON so.id = e.source
                  JOIN words su ON su.id = e.subject JOIN words p ON p.id = e.partitionkey
                  LEFT JOIN words ep ON ep.id = e.epoch;
`;

/** What each layout changes in the tables of the one before. */
const steps: readonly string[] = [tables, identities];

/** How long a connection waits for another process that holds the file, such as a backup: milliseconds. */
const busyTimeoutMs = 10_000;

/**
 * The one connection that writes, with the tables made if the file is new, and the log's epoch begun if it may not
 * continue in the one before.
 * @throws WardroundError `event-unreadable` if the file is not an event log, or of a newer layout.
 */
export function openForWriting(file: string): Database.Database {
  const database = new Database(file, { timeout: busyTimeoutMs });
  try {
    refuseForeign(database, file);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    // On macOS only this asks the drive itself to write; elsewhere it says nothing.
    database.pragma('fullfsync = ON');
    database.pragma('checkpoint_fullfsync = ON');
    database.pragma('journal_size_limit = 67108864');
    database.pragma('cache_size = -16384');
    database.transaction(() => makeTables(database)).immediate();
    identify(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A connection that only reads; the writer's commits do not block it, nor it them. */
export function openForReading(file: string): Database.Database {
  return new Database(file, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs });
}

/** The layout of a file that is an event log. */
export function layoutOf(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

function makeTables(database: Database.Database): void {
  const from = layoutOf(database);
  if (from === layout) return;
  for (const step of steps.slice(from)) database.exec(step);
  database.pragma(`user_version = ${layout}`);
}

function refuseForeign(database: Database.Database, file: string): void {
  const version = Number(database.pragma('user_version', { simple: true }));
  const application = Number(database.pragma('application_id', { simple: true }));
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (version === 0 && isEmpty) return;
  if (application !== applicationId) {
    throw new WardroundError(
      'event-unreadable',
      `${file} is a SQLite database, but not a Wardround event log`,
      'Move it away, or use another data folder',
    );
  }
  if (version > layout) {
    throw new WardroundError(
      'event-unreadable',
      `${file} has layout ${version}; this version of Wardround knows layouts up to ${layout}`,
      'Start the version that wrote it, or a newer one',
    );
  }
}

/** An error that can be sent between threads. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly advice?: string;
}

export function toFailure(error: unknown, file: string): Failure {
  const { code, message, advice } = toLogError(error, file);
  return advice === undefined ? { code, message } : { code, message, advice };
}

export function fromFailure({ code, message, advice }: Failure): WardroundError {
  return new WardroundError(code, message, advice);
}

/** Sorts what SQLite throws into our errors. */
export function toLogError(error: unknown, file: string): WardroundError {
  if (error instanceof WardroundError) return error;
  const cause = { cause: error };
  if (!(error instanceof Database.SqliteError)) {
    const text = error instanceof Error ? error.message : String(error);
    return new WardroundError('internal', `the event log ${file} failed: ${text}`, undefined, cause);
  }
  const { code, message } = error;
  if (code === 'SQLITE_FULL') {
    return new WardroundError(
      'no-space',
      `no space for ${file}`,
      'Free some space on its disk; nothing was stored',
      cause,
    );
  }
  if (code.startsWith('SQLITE_BUSY')) {
    const text = `${file} has been locked by another program for ${busyTimeoutMs / 1000} s; nothing was stored`;
    return new WardroundError('data-folder-in-use', text, 'Stop the program that locked it', cause);
  }
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    const text = `${file} is damaged or not a SQLite database (${message})`;
    return new WardroundError('event-unreadable', text, 'Restore it from a backup, or move it away', cause);
  }
  // A write or sync that failed midway: what reached the disk may or may not count after a crash.
  if (code.startsWith('SQLITE_IOERR')) {
    const text = `${file} could not be read or written (${code}: ${message})`;
    return new WardroundError('outcome-unknown', text, 'Append again: stored events are not duplicated', cause);
  }
  return new WardroundError('internal', `the event log ${file} failed (${code}: ${message})`, undefined, cause);
}

import type Database from '#sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { WardroundError, describeError } from '../../shared/errors.js';
import { fromIso, toIso, type Instant } from '../../shared/instant.js';
import type { Event, Recorded } from '../envelope.js';
import type { ReadFilter } from '../event-log.js';
import { dataSchemaUrn, type EventTypes } from '../event-types.js';
import { logClosed } from '../log-closed.js';
import { epochOfOldEvents, type LogIdentity } from '../log-identity.js';
import type { Look } from '../subscription/partition-reader.js';
import { readIdentity } from './sqlite-identity.adapter.js';
import { layoutOf, openForReading, toLogError } from './sqlite-schema.adapter.js';

/** One look into the file ends after so many offsets, events or characters, so that it holds up the main thread only shortly. */
const offsetsPerLook = 10_000;
const eventsPerLook = 500;
const charactersPerLook = 2_000_000;

/** If a time span holds no more events than this, only the offsets between its first and last are walked. */
const narrowSpan = 20_000;

export const onlyPartition = 0;

type Row = readonly [
  offset: number,
  time: number,
  recordedtime: number,
  type: number,
  version: number,
  source: number,
  subject: number,
  partitionkey: number,
  id: string,
  sequence: string | null,
  causationid: string | null,
  actor: string | null,
  data: string,
  epoch: number | null,
];

/** A file that is only copied from may be of a layout without epochs. */
function columnsOf(layout: number): string {
  return `offset, time, recordedtime, type, version, source, subject, partitionkey, id,
  CASE WHEN sequence IS NOT NULL THEN printf('%016d', sequence) END, causationid, actor, data,
  ${layout < 2 ? 'NULL' : 'epoch'}`;
}

/** Which events: the part of a filter that is not about how many and from where. */
export type Choice = Omit<ReadFilter, 'after' | 'limit'>;

/** The numbers of those types that occur in the log, as of a number of words. */
interface TypeNumbers {
  readonly words: number;
  readonly numbers: readonly number[];
}

/** Reads the log on the main thread, on its own connection, in short looks. */
export class SqliteReader {
  private readonly database: Database.Database;
  private readonly headStatement: Database.Statement<[], number | null>;
  private readonly textStatement: Database.Statement<[number], string>;
  private readonly numberStatement: Database.Statement<[string], number>;
  private readonly lastWordStatement: Database.Statement<[], number | null>;
  private readonly statements = new Map<string, Database.Statement<unknown[], Row>>();
  private readonly texts = new Map<number, string>();
  private readonly numbers = new Map<string, number>();
  /** A subscription asks for the same list of types at every look. */
  private readonly typeNumbers = new WeakMap<readonly string[], TypeNumbers>();
  private readonly schemas = new Map<string, string[]>();
  private readonly columns: string;
  private lastRecorded = { instant: 0, text: toIso(0) };

  constructor(
    private readonly file: string,
    private readonly eventTypes: EventTypes,
  ) {
    this.database = openForReading(file);
    this.columns = columnsOf(layoutOf(this.database));
    this.headStatement = this.database.prepare<[], number | null>('SELECT max(offset) FROM events').pluck();
    this.textStatement = this.database.prepare<[number], string>('SELECT text FROM words WHERE id = ?').pluck();
    this.numberStatement = this.database.prepare<[string], number>('SELECT id FROM words WHERE text = ?').pluck();
    this.lastWordStatement = this.database.prepare<[], number | null>('SELECT max(id) FROM words').pluck();
  }

  /** The offset of the newest event; 0 if there is none. */
  head(): number {
    return this.ask(() => this.headStatement.get() ?? 0);
  }

  /** Null for a log that was never opened by a version that knows identities. */
  identity(): LogIdentity | null {
    return this.ask(() => (layoutOf(this.database) < 2 ? null : readIdentity(this.database)));
  }

  /** The chosen events behind `after` and up to `upTo`, at most `limit`, in order; gives way to others between looks. */
  async *read(choice: Choice, after: number, upTo: number, limit: number): AsyncGenerator<readonly Recorded[]> {
    const [first, last] = this.narrowed(choice, after, upTo);
    let position = first;
    let left = limit;
    while (position < last && left > 0) {
      const slice = this.look(choice, position, last, left);
      if (slice.recorded.length > 0) yield slice.recorded;
      if (slice.fault) throw slice.fault;
      position = slice.passedTo;
      left -= slice.recorded.length;
      await nextTurn();
    }
  }

  /** One look: the chosen events behind `after`, up to `upTo` or as far as one look goes. */
  look(choice: Choice, after: number, upTo: number, limit: number): Look {
    const end = Math.min(upTo, after + offsetsPerLook);
    const most = Math.min(limit, eventsPerLook);
    const { rows, cut } = this.ask(() => this.rows(choice, after, end, most));
    const recorded: Recorded[] = [];
    let passedTo = after;
    for (const row of rows) {
      try {
        recorded.push(this.recorded(row));
      } catch (error) {
        return { recorded, passedTo, fault: this.unreadable(row[0], error) };
      }
      passedTo = row[0];
    }
    return { recorded, passedTo: cut ? passedTo : end, fault: null };
  }

  close(): void {
    this.database.close();
  }

  private rows(choice: Choice, after: number, end: number, most: number): { rows: Row[]; cut: boolean } {
    const where = this.conditions(choice);
    if (!where) return { rows: [], cut: false };
    const statement = this.statement(where.sql);
    const rows: Row[] = [];
    let characters = 0;
    for (const row of statement.iterate(after, end, ...where.values, most)) {
      rows.push(row);
      characters += row[12].length;
      if (rows.length === most || characters >= charactersPerLook) return { rows, cut: true };
    }
    return { rows, cut: false };
  }

  /** Null if the filter names what no event in the log has. A `+` keeps SQLite from an index whose order is of no use. */
  private conditions(choice: Choice): { sql: string; values: number[] } | null {
    const { source, types, subject, partitionkey, since, until } = choice;
    const conditions: [sql: string, values: readonly (number | undefined)[]][] = [];
    if (subject !== undefined) conditions.push(['subject = ?', [this.number(subject)]]);
    if (types !== undefined) {
      const known = this.numbersOf(types);
      const column = types.length === 1 && subject === undefined ? 'type' : '+type';
      conditions.push([`${column} IN (${known.map(() => '?').join(', ')})`, known.length > 0 ? known : [undefined]]);
    }
    if (source !== undefined) conditions.push(['+source = ?', [this.number(source)]]);
    if (partitionkey !== undefined) conditions.push(['partitionkey = ?', [this.number(partitionkey)]]);
    if (since !== undefined) conditions.push(['+time >= ?', [instant(since)]]);
    if (until !== undefined) conditions.push(['+time < ?', [instant(until)]]);
    const values: number[] = [];
    for (const value of conditions.flatMap(([, given]) => given)) {
      if (value === undefined) return null;
      values.push(value);
    }
    return { sql: conditions.map(([sql]) => ` AND ${sql}`).join(''), values };
  }

  private statement(where: string): Database.Statement<unknown[], Row> {
    const known = this.statements.get(where);
    if (known) return known;
    const statement = this.database
      .prepare<unknown[], Row>(
        `SELECT ${this.columns} FROM events WHERE offset > ? AND offset <= ?${where} ORDER BY offset LIMIT ?`,
      )
      .raw();
    this.statements.set(where, statement);
    return statement;
  }

  /** The offsets between which all events of the choice's time span lie, if they are few enough to be asked for. */
  private narrowed({ since, until }: Choice, after: number, upTo: number): [after: number, upTo: number] {
    if (since === undefined && until === undefined) return [after, upTo];
    const from = since === undefined ? Number.MIN_SAFE_INTEGER : instant(since);
    const to = until === undefined ? Number.MAX_SAFE_INTEGER : instant(until);
    const span = this.ask(() =>
      this.database
        .prepare<[number, number, number], { events: number; first: number | null; last: number | null }>(
          `SELECT count(*) AS events, min(offset) AS first, max(offset) AS last
           FROM (SELECT offset FROM events WHERE time >= ? AND time < ? LIMIT ?)`,
        )
        .get(from, to, narrowSpan + 1),
    );
    if (!span || span.events > narrowSpan) return [after, upTo];
    if (span.first === null || span.last === null) return [upTo, upTo];
    return [Math.max(after, span.first - 1), Math.min(upTo, span.last)];
  }

  private recorded(row: Row): Recorded {
    const [offset, time, recordedtime, type, version, source, subject, partitionkey, id, sequence, cause, actor] = row;
    const typeName = this.text(type);
    const data: unknown = JSON.parse(row[12]);
    const event: { -readonly [Key in keyof Event]: Event[Key] } = {
      specversion: '1.0',
      id,
      source: this.text(source),
      type: typeName,
      subject: this.text(subject),
      time: toIso(time),
      datacontenttype: 'application/json',
      dataschema: this.schema(typeName, version),
      data,
      partitionkey: this.text(partitionkey),
      recordedtime: this.recordedTime(recordedtime),
    };
    // Set afterwards, not spread into it: a spread costs more than all the rest of this.
    if (sequence !== null) {
      event.sequence = sequence;
      event.epoch = row[13] === null ? epochOfOldEvents : this.text(row[13]);
    }
    if (cause !== null) event.causationid = cause;
    if (actor !== null) event.actor = actor;
    return { event: this.eventTypes.upcast(event), position: { partition: onlyPartition, offset } };
  }

  private schema(type: string, version: number): string {
    const known = this.schemas.get(type)?.[version];
    if (known !== undefined) return known;
    const urn = dataSchemaUrn(type, version);
    const versions = this.schemas.get(type) ?? [];
    versions[version] = urn;
    this.schemas.set(type, versions);
    return urn;
  }

  /** Events that were appended together were recorded at the same time. */
  private recordedTime(instant: Instant): string {
    if (this.lastRecorded.instant !== instant) this.lastRecorded = { instant, text: toIso(instant) };
    return this.lastRecorded.text;
  }

  private text(number: number): string {
    const known = this.texts.get(number);
    if (known !== undefined) return known;
    const text = this.textStatement.get(number);
    if (text === undefined) throw new Error(`word ${number} is missing`);
    remember(this.texts, number, text);
    return text;
  }

  private number(text: string): number | undefined {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.numberStatement.get(text);
    if (number !== undefined) remember(this.numbers, text, number);
    return number;
  }

  /** Types without events are looked up again only when the log has new words: they would cost a query each at every look. */
  private numbersOf(types: readonly string[]): readonly number[] {
    const cached = this.typeNumbers.get(types);
    const words = this.lastWordStatement.get() ?? 0;
    if (cached?.words === words) return cached.numbers;
    const numbers = types.map((type) => this.number(type)).filter((number) => number !== undefined);
    this.typeNumbers.set(types, { words, numbers });
    return numbers;
  }

  private unreadable(offset: number, error: unknown): WardroundError {
    if (error instanceof WardroundError) return error;
    return new WardroundError(
      'event-unreadable',
      `the event at offset ${offset} of ${this.file} is damaged (${describeError(error)})`,
      'Restore the file from a backup',
      { cause: error },
    );
  }

  private ask<Result>(question: () => Result): Result {
    if (!this.database.open) throw logClosed();
    try {
      return question();
    } catch (error) {
      throw toLogError(error, this.file);
    }
  }
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  if (map.size >= 20_000) map.clear(); // subjects never end; those in use come back at once
  map.set(key, value);
}

function instant(text: string): number {
  try {
    return fromIso(text);
  } catch (error) {
    throw new WardroundError('bad-request', describeError(error), undefined, { cause: error });
  }
}

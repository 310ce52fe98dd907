import { WardroundError, describeError } from '../../shared/errors.js';
import { fromIso, toIso } from '../../shared/instant.js';
import type { Event, Recorded } from '../envelope.js';
import type { ReadFilter } from '../event-log.js';
import { dataSchemaUrn, type EventTypes } from '../event-types.js';
import { epochOfOldEvents } from '../log-identity.js';
import type { Look } from '../subscription/partition-reader.js';

/** One look ends after so many events or bytes: what it brings is unpacked in one go, and held in memory. */
const eventsPerLook = 1_000;
const bytesPerLook = 2_000_000;
/** Where no index finds the chosen events, a look walks no further than this many offsets. */
const offsetsPerWalk = 50_000;
/** If a time span holds no more events of a partition than this, only the offsets between its first and last are walked. */
const narrowSpan = 20_000;

/** Which events: the part of a filter that is not about how many and from where. */
export type Choice = Omit<ReadFilter, 'after' | 'limit'>;

/** As the driver gives them: `bigint` as text. */
export type Cell = string | number | null;

export type Ask = (sql: string, values: readonly unknown[]) => Promise<readonly (readonly Cell[])[]>;

const columns = `"offset", time, recordedtime, version, type, source, id, subject, partitionkey, sequence, causationid, actor, epoch`;

/** Reads the archive, in short looks. */
export class PostgresArchiveReader {
  /** @param schema its name, quoted */
  constructor(
    private readonly ask: Ask,
    private readonly schema: string,
    private readonly place: string,
    private readonly eventTypes: EventTypes,
  ) {}

  /** One look: the chosen events of a partition behind `after`, up to `upTo` or as far as one look goes. */
  async look(choice: Choice, partition: number, after: number, upTo: number, limit: number): Promise<Look> {
    const end = isIndexed(choice) ? upTo : Math.min(upTo, after + offsetsPerWalk);
    const most = Math.min(limit, eventsPerLook);
    const { sql, values } = conditions(choice, [partition, after, end]);
    // The size of a row's data is known without its data, which may be elsewhere on the disk.
    const rows = await this.ask(
      `SELECT ${columns}, data, bytes FROM (
         SELECT *, sum(octet_length(data)) OVER (ORDER BY "offset") AS bytes FROM (
           SELECT ${columns}, data FROM ${this.schema}.events
           WHERE partition = $1 AND "offset" > $2 AND "offset" <= $3${sql} ORDER BY "offset" LIMIT ${most}) AS first
       ) AS measured WHERE bytes - octet_length(data) < ${bytesPerLook} ORDER BY "offset"`,
      values,
    );
    const cut = rows.length === most || Number(rows.at(-1)?.[14] ?? 0) >= bytesPerLook;
    return this.unpacked(rows, partition, after, cut ? null : end);
  }

  /**
   * The offsets of a partition between which all events of the choice's time span lie, if they are few enough to be asked for.
   * @throws WardroundError `bad-request` if a time is none
   */
  async narrowed(
    { since, until }: Choice,
    partition: number,
    after: number,
    upTo: number,
  ): Promise<{ after: number; upTo: number }> {
    if (since === undefined && until === undefined) return { after, upTo };
    const from = since === undefined ? Number.MIN_SAFE_INTEGER : instant(since);
    const to = until === undefined ? Number.MAX_SAFE_INTEGER : instant(until);
    const [row] = await this.ask(
      `SELECT count(*), min("offset"), max("offset") FROM (
         SELECT "offset" FROM ${this.schema}.events WHERE partition = $1 AND time >= $2 AND time < $3
         LIMIT ${narrowSpan + 1}) AS span`,
      [partition, from, to],
    );
    const [events, first, last] = [Number(row?.[0]), row?.[1], row?.[2]];
    if (events > narrowSpan) return { after, upTo };
    if (events === 0) return { after: upTo, upTo };
    return { after: Math.max(after, Number(first) - 1), upTo: Math.min(upTo, Number(last)) };
  }

  /** The offset of the newest event of a partition key, which is in this partition; 0 if there is none. */
  async newestOf(partitionkey: string, partition: number): Promise<number> {
    const { sql, values } = conditions({ partitionkey }, [partition]);
    const [row] = await this.ask(
      `SELECT "offset" FROM ${this.schema}.events WHERE partition = $1${sql} ORDER BY "offset" DESC LIMIT 1`,
      values,
    );
    return Number(row?.[0] ?? 0);
  }

  /** Whether a partition holds any of the chosen events behind `after`, up to `upTo`. */
  async hasAny(choice: Choice, partition: number, after: number, upTo: number): Promise<boolean> {
    if (after >= upTo) return false;
    const { sql, values } = conditions(choice, [partition, after, upTo]);
    const rows = await this.ask(
      `SELECT 1 FROM ${this.schema}.events WHERE partition = $1 AND "offset" > $2 AND "offset" <= $3${sql} LIMIT 1`,
      values,
    );
    return rows.length > 0;
  }

  /** @param end the offset up to which the rows are all there are; null if the last of them is as far as was looked */
  private unpacked(rows: readonly (readonly Cell[])[], partition: number, after: number, end: number | null): Look {
    const recorded: Recorded[] = [];
    let passedTo = after;
    for (const row of rows) {
      const offset = Number(row[0]);
      try {
        const event = this.eventTypes.upcast(toEvent(row));
        recorded.push({ event, position: { partition, offset } });
      } catch (error) {
        return { recorded, passedTo, fault: this.unreadable(partition, offset, error) };
      }
      passedTo = offset;
    }
    return { recorded, passedTo: end ?? passedTo, fault: null };
  }

  private unreadable(partition: number, offset: number, error: unknown): WardroundError {
    if (error instanceof WardroundError) return error;
    return new WardroundError(
      'event-unreadable',
      `the event at offset ${offset} of partition ${partition} in the archive at ${this.place} is damaged ` +
        `(${describeError(error)})`,
      'Restore the database from a backup',
      { cause: error },
    );
  }
}

/** Whether an index gives the chosen events in order. Of several types, each is in order, but not all together. */
function isIndexed({ subject, partitionkey, source, types }: Choice): boolean {
  return subject !== undefined || partitionkey !== undefined || source !== undefined || types?.length === 1;
}

/** Conditions for the choice, whose values come behind those given. */
function conditions(
  { source, types, subject, partitionkey, since, until }: Choice,
  given: readonly unknown[],
): { sql: string; values: readonly unknown[] } {
  const values = [...given];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  let sql = '';
  const equal = (column: string, value: string | undefined) => {
    if (value === undefined) return;
    const at = parameter(storable(value));
    sql += ` AND hashtextextended(${column}, 0) = hashtextextended(${at}, 0) AND ${column} = ${at}`;
  };
  equal('subject', subject);
  equal('partitionkey', partitionkey);
  equal('source', source);
  if (types?.length === 1) equal('type', types[0]);
  else if (types) sql += ` AND type = ANY(${parameter(types.map(storable))}::text[])`;
  if (since !== undefined) sql += ` AND time >= ${parameter(instant(since))}`;
  if (until !== undefined) sql += ` AND time < ${parameter(instant(until))}`;
  return { sql, values };
}

/** PostgreSQL has no NUL in texts, so that no event has one; asked for with one, it would refuse to look. */
function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd');
}

function toEvent(row: readonly Cell[]): Event {
  const [, time, recordedtime, version, type, source, id, subject, partitionkey, sequence, cause, actor] = row;
  const [epoch, data] = row.slice(12);
  const typeName = String(type);
  const parsed: unknown = JSON.parse(String(data));
  return {
    specversion: '1.0',
    id: String(id),
    source: String(source),
    type: typeName,
    subject: String(subject),
    time: toIso(Number(time)),
    datacontenttype: 'application/json',
    dataschema: dataSchemaUrn(typeName, Number(version)),
    data: parsed,
    partitionkey: String(partitionkey),
    ...(sequence === null
      ? {}
      : { sequence: String(sequence).padStart(16, '0'), epoch: String(epoch ?? epochOfOldEvents) }),
    ...(cause === null ? {} : { causationid: String(cause) }),
    ...(actor === null ? {} : { actor: String(actor) }),
    recordedtime: toIso(Number(recordedtime)),
  };
}

function instant(text: string): number {
  try {
    return fromIso(text);
  } catch (error) {
    throw new WardroundError('bad-request', describeError(error), undefined, { cause: error });
  }
}

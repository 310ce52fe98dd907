import type pg from 'pg';
import { fromIso } from '../shared/instant.js';
import { together } from '../shared/together.js';
import { isDecision } from './checked-events.js';
import type { Event, Recorded } from './envelope.js';
import { versionOf } from './event-types.js';
import { bigints, byteStrings, texts } from './postgres-arrays.adapter.js';

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

/** An event with the number that it gets, as text since it may have 16 digits. */
interface Numbered extends Arrived {
  readonly sequence: string | null;
}

/** The batch holds what is archived already, and was numbered as if it did not: it is to be looked for. */
export class Repeats extends Error {}
/** Somebody else has moved the checkpoint. */
export class StaleOwner extends Error {}

/**
 * The batch need not be on disk when it is committed: after a crash of the database its events are read from Kafka again. A
 * subscription's checkpoint in the same server is never ahead of it, since what was committed later stands later in the
 * server's own log. Who dies, or is paused, in the middle of a transaction must not hold the partition's row for ever.
 */
const begin = `BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL idle_in_transaction_session_timeout = '10s'`;

/** Writes batches into the archive's tables. */
export class PostgresArchiveWriter {
  /** @param schema its name, quoted */
  constructor(private readonly schema: string) {}

  /**
   * Begins a transaction, and writes a batch in it; the caller ends it. Statements that do not need each other's answers are
   * sent together. Those that are sent along with BEGIN would do no harm without it: it might be refused, and they not.
   * @param client in pipeline mode
   * @throws StaleOwner, Repeats: the transaction is to be rolled back
   */
  async store(client: pg.ClientBase, batch: ArrivedBatch, lookForRepeats: boolean): Promise<ArchivedBatch> {
    const distinct = withoutRepeats(batch.arrived);
    const [, , last] = await together([
      client.query(begin),
      this.lockCheckpoint(client, batch),
      this.lockCounters(client, distinct),
    ]);
    const fresh = lookForRepeats ? await this.withoutStored(client, distinct) : distinct;
    const { numbered, moved } = number(fresh, last);
    const [inserted] = await together([
      this.insert(client, batch.partition, numbered),
      this.moveCounters(client, moved),
      this.setAside(client, batch),
      this.moveCheckpoint(client, batch),
    ]);
    if (inserted !== fresh.length) throw new Repeats();
    return {
      recorded: numbered.map(({ offset, event, sequence }) => ({
        event: sequence === null ? event : { ...event, sequence },
        position: { partition: batch.partition, offset },
      })),
      unreadable: batch.unreadable.length,
    };
  }

  /** Lock and fence at once: another owner waits here until this transaction is done, and then finds that it comes too late. */
  private async lockCheckpoint(client: pg.ClientBase, { partition, from }: ArrivedBatch): Promise<void> {
    const table = `${this.schema}.checkpoints`;
    const text = `INSERT INTO ${table} VALUES ($1, 0) ON CONFLICT DO NOTHING`;
    const made = from === 0 ? client.query(text, [partition]) : null;
    const found = client.query<{ offset: string }>({
      name: 'lock checkpoint',
      text: `SELECT "offset" FROM ${table} WHERE partition = $1 FOR UPDATE`,
      values: [partition],
    });
    const [, { rows }] = await together([made, found]);
    if (Number(rows[0]?.offset) !== from) throw new StaleOwner(`partition ${partition} is no longer at ${from}`);
  }

  private async moveCheckpoint(client: pg.ClientBase, { partition, to }: ArrivedBatch): Promise<void> {
    await client.query({
      name: 'move checkpoint',
      text: `UPDATE ${this.schema}.checkpoints SET "offset" = $2 WHERE partition = $1`,
      values: [partition, to],
    });
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
    if (rows.length === 0) return 0;
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

import type pg from 'pg';
import { fromIso } from '../../shared/instant.js';
import { settleAll } from '../../shared/settle-all.js';
import type { Event, Recorded } from '../envelope.js';
import { versionOf } from '../event-types.js';
import { epochOf, epochOfOldEvents } from '../log-identity.js';
import {
  counterKey,
  isCounted,
  number,
  type Arrived,
  type Counter,
  type Counters,
  type Numbered,
  type Placed,
} from './archive-numbering.js';
import { bigints, byteStrings, texts } from './postgres-arrays.adapter.js';

/** What is in Kafka and is not an event of ours. */
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

/** How a transaction of the archive goes about it. */
export interface StoreManner {
  /** Whether to wait for another transaction that holds one of the checkpoints. */
  readonly waits: boolean;
  /** Whether to look for events that are archived already: those are rare, and otherwise only met. */
  readonly looksForRepeats: boolean;
  /** The log's own: facts that bring no number are counted in it. */
  readonly epoch: string;
}

/** There is among them what is archived already, and they were numbered as if there were not: it is to be looked for. */
export class Repeats extends Error {}
/** Someone else has moved the checkpoint, or holds it. */
export class StaleOwner extends Error {}

/**
 * The batch need not be on disk when it is committed: after a crash of the database its events are read from Kafka again. A
 * subscription's checkpoint in the same server is never ahead of it, since what was committed later stands later in the
 * server's own log. Who dies, or is paused, in the middle of a transaction must not hold the partition's row forever.
 */
const begin = `BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL idle_in_transaction_session_timeout = '10s'`;

/** Writes batches into the archive's tables. */
export class PostgresArchiveWriter {
  /** @param schema its name, quoted */
  constructor(private readonly schema: string) {}

  /**
   * Begins a transaction, and writes batches in it, of different partitions; the caller ends it. Statements that do not need each
   * other's answers are sent together. Those that are sent along with BEGIN would do no harm without it: it might be refused, and
   * they not.
   * @param client in pipeline mode
   * @returns per batch what became of it
   * @throws StaleOwner, Repeats: the transaction is to be rolled back
   */
  async store(
    client: pg.ClientBase,
    batches: readonly ArrivedBatch[],
    { waits, looksForRepeats, epoch }: StoreManner,
  ): Promise<readonly ArchivedBatch[]> {
    const distinct = withoutRepeats(batches.flatMap(placed));
    const [, , last] = await settleAll([
      client.query(begin),
      this.lockCheckpoints(client, batches, waits),
      this.lockCounters(client, distinct, epoch),
    ]);
    const fresh = looksForRepeats ? await this.withoutStored(client, distinct) : distinct;
    const { numbered, moved } = number(fresh, last, epoch);
    const [inserted] = await settleAll([
      this.insert(client, numbered),
      this.moveCounters(client, moved),
      this.setAside(client, batches),
      this.moveCheckpoints(client, batches),
    ]);
    if (inserted !== fresh.length) throw new Repeats();
    return batches.map(({ partition, unreadable }) => ({
      recorded: numbered.filter((row) => row.partition === partition).map(recorded),
      unreadable: unreadable.length,
    }));
  }

  /** Lock and fence at once: another owner waits here until this transaction is done, and then finds that it comes too late. */
  private async lockCheckpoints(
    client: pg.ClientBase,
    batches: readonly ArrivedBatch[],
    waits: boolean,
  ): Promise<void> {
    const table = `${this.schema}.checkpoints`;
    const fresh = batches.filter(({ from }) => from === 0).map(({ partition }) => partition);
    const make = `INSERT INTO ${table} SELECT unnest($1::bigint[]), 0 ON CONFLICT DO NOTHING`;
    const [, { rows }] = await settleAll([
      fresh.length > 0 ? client.query(make, [bigints(fresh)]) : null,
      client.query<{ partition: number; offset: string }>({
        name: waits ? 'lock checkpoints' : 'lock free checkpoints',
        text: `SELECT partition, "offset" FROM ${table} WHERE partition = ANY($1::bigint[])
               FOR UPDATE ${waits ? '' : 'SKIP LOCKED'}`,
        values: [bigints(batches.map(({ partition }) => partition))],
      }),
    ]);
    const held = new Map(rows.map(({ partition, offset }) => [partition, Number(offset)]));
    for (const { partition, from } of batches) {
      if (held.get(partition) !== from)
        throw new StaleOwner(`partition ${partition} is locked, or no longer at ${from}`);
    }
  }

  private async moveCheckpoints(client: pg.ClientBase, batches: readonly ArrivedBatch[]): Promise<void> {
    await client.query({
      name: 'move checkpoints',
      text: `UPDATE ${this.schema}.checkpoints AS c SET "offset" = m."to"
             FROM unnest($1::bigint[], $2::bigint[]) AS m (partition, "to") WHERE c.partition = m.partition`,
      values: [bigints(batches.map(({ partition }) => partition)), bigints(batches.map(({ to }) => to))],
    });
  }

  /**
   * The last number of each source that is counted here, held until the end of the transaction: a source may speak in several
   * partitions. In the order of their names, so that no two transactions wait for each other.
   */
  private async lockCounters(
    client: pg.ClientBase,
    arrived: readonly Placed[],
    ownEpoch: string,
  ): Promise<ReadonlyMap<string, number>> {
    const counters = new Map(
      arrived.filter(isCounted).map(({ event }) => {
        const counter = { source: event.source, epoch: epochOf(event) ?? ownEpoch };
        return [counterKey(counter), counter] as const;
      }),
    );
    const last = new Map<string, number>();
    if (counters.size === 0) return last;
    const wanted = [...counters.values()];
    const values = [texts(wanted.map(({ source }) => source)), texts(wanted.map(({ epoch }) => epoch))];
    const lock = {
      name: 'lock counters',
      text: `SELECT s.source, s.epoch, s.last FROM ${this.schema}.sources AS s
             JOIN unnest($1::text[], $2::text[]) AS n (source, epoch) ON s.source = n.source AND s.epoch = n.epoch
             ORDER BY s.source, s.epoch FOR UPDATE OF s`,
      values,
    };
    const read = async () => {
      for (const row of (await client.query<Counter & { last: string }>(lock)).rows) {
        last.set(counterKey(row), Number(row.last));
      }
    };
    await read();
    if (last.size === counters.size) return last;
    await client.query(
      `INSERT INTO ${this.schema}.sources (source, last, epoch)
       SELECT source, 0, epoch FROM unnest($1::text[], $2::text[]) AS new (source, epoch) ORDER BY source, epoch
       ON CONFLICT DO NOTHING`,
      values,
    );
    await read();
    return last;
  }

  private async moveCounters(client: pg.ClientBase, moved: Counters): Promise<void> {
    if (moved.size === 0) return;
    const counters = [...moved.values()];
    await client.query({
      name: 'move counters',
      text: `UPDATE ${this.schema}.sources AS s SET last = n.last
             FROM unnest($1::text[], $2::text[], $3::bigint[]) AS n (source, epoch, last)
             WHERE s.source = n.source AND s.epoch = n.epoch`,
      values: [
        texts(counters.map(({ source }) => source)),
        texts(counters.map(({ epoch }) => epoch)),
        bigints(counters.map(({ last }) => last)),
      ],
    });
  }

  private async withoutStored(client: pg.ClientBase, arrived: readonly Placed[]): Promise<readonly Placed[]> {
    const { rows } = await client.query<{ id: string; source: string }>(
      `SELECT e.id, e.source FROM unnest($1::text[], $2::text[]) AS n (id, source)
       JOIN ${this.schema}.events AS e ON e.id = n.id AND e.source = n.source`,
      [texts(arrived.map(({ event }) => event.id)), texts(arrived.map(({ event }) => event.source))],
    );
    const stored = new Set(rows.map(identity));
    return arrived.filter(({ event }) => !stored.has(identity(event)));
  }

  private async insert(client: pg.ClientBase, rows: readonly Numbered[]): Promise<number> {
    if (rows.length === 0) return 0;
    const text = (of: (event: Event) => string | null) => texts(rows.map(({ event }) => of(event)));
    const integer = (of: (row: Numbered) => number) => bigints(rows.map(of));
    const inserted = await client.query({
      name: 'insert events',
      text: `INSERT INTO ${this.schema}.events
               (partition, "offset", time, recordedtime, version, type, source, id, subject, partitionkey, sequence,
                causationid, actor, data, epoch)
             SELECT partition, "offset", time, recordedtime, version, type, source, id, subject, partitionkey, sequence::bigint,
                    causationid, actor, data, epoch
             FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[],
                         $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[])
               AS n (partition, "offset", time, recordedtime, version, type, source, id, subject, partitionkey, sequence,
                     causationid, actor, data, epoch)
             ON CONFLICT DO NOTHING`,
      values: [
        integer(({ partition }) => partition),
        integer(({ offset }) => offset),
        integer(({ event }) => fromIso(event.time)),
        integer(({ event }) => fromIso(event.recordedtime)),
        integer(({ event }) => versionOf(event.dataschema)),
        text(({ type }) => type),
        text(({ source }) => source),
        text(({ id }) => id),
        text(({ subject }) => subject),
        text(({ partitionkey }) => partitionkey),
        texts(rows.map(({ counted }) => counted?.sequence ?? null)),
        text(({ causationid }) => causationid ?? null),
        text(({ actor }) => actor ?? null),
        text(({ data }) => JSON.stringify(data)),
        texts(rows.map(({ counted }) => (!counted || counted.epoch === epochOfOldEvents ? null : counted.epoch))),
      ],
    });
    return inserted.rowCount ?? 0;
  }

  private async setAside(client: pg.ClientBase, batches: readonly ArrivedBatch[]): Promise<void> {
    const rows = batches.flatMap(({ partition, unreadable }) => unreadable.map((one) => ({ ...one, partition })));
    if (rows.length === 0) return;
    await client.query(
      `INSERT INTO ${this.schema}.unreadable (partition, "offset", key, value, error)
       SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[], $5::text[])`,
      [
        bigints(rows.map(({ partition }) => partition)),
        bigints(rows.map(({ offset }) => offset)),
        byteStrings(rows.map(({ key }) => key)),
        byteStrings(rows.map(({ value }) => value)),
        texts(rows.map(({ error }) => error.replaceAll('\0', ' '))),
      ],
    );
  }
}

function placed({ partition, arrived }: ArrivedBatch): readonly Placed[] {
  return arrived.map((one) => ({ ...one, partition }));
}

function recorded({ partition, offset, event, counted }: Numbered): Recorded {
  return { event: counted === null ? event : { ...event, ...counted }, position: { partition, offset } };
}

function withoutRepeats(arrived: readonly Placed[]): readonly Placed[] {
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

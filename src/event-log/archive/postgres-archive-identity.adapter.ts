import type pg from 'pg';
import { epochAfter, epochOfOldEvents, logIdentitySchema, type LogIdentity } from '../log-identity.js';
import { newChance, newLogId } from '../log-chance.adapter.js';
import { sqlStateOf } from './postgres-archive-schema.adapter.js';

interface Row {
  readonly id: string;
  readonly epoch: string;
  readonly because: string;
  readonly before: string | null;
  readonly place: string;
}

/**
 * Whose an archived log is. It is looked at once per connection: whatever puts an older state in the place of this one (a
 * restore, another database, a standby that takes over) ends all connections.
 */
export class ArchiveIdentity {
  private readonly looked = new WeakMap<pg.ClientBase, LogIdentity>();
  private newest: LogIdentity | null = null;

  /** @param schema its name, quoted */
  constructor(private readonly schema: string) {}

  /**
   * The identity, made if there is none, in an epoch that began in this very database.
   * @param client in no transaction
   */
  async of(client: pg.ClientBase): Promise<LogIdentity> {
    const { newest } = this;
    if (newest && this.looked.has(client)) return newest;
    const identity = await this.look(client);
    this.looked.set(client, identity);
    this.newest = identity;
    return identity;
  }

  /** @param original null if the original has no identity */
  async becomeCopyOf(client: pg.ClientBase, original: LogIdentity | null): Promise<void> {
    const own = await this.of(client);
    if (own.because === 'log-copy') return;
    const { id, epoch: before } = original ?? { id: own.id, epoch: epochOfOldEvents };
    const copy: LogIdentity = { id, epoch: epochAfter(before, newChance()), because: 'log-copy', before };
    await this.keep(client, copy, await this.placeOf(client));
    this.newest = copy;
  }

  /** Of several processes that find that an epoch must begin, one begins it, and the others see that. */
  private async look(client: pg.ClientBase): Promise<LogIdentity> {
    const place = await this.placeOf(client);
    await client.query('BEGIN');
    try {
      await client.query("SELECT pg_advisory_xact_lock(hashtextextended('wardround: identity of ' || $1, 0))", [
        this.schema,
      ]);
      const { rows } = await client.query<Row>(`SELECT id, epoch, because, before, place FROM ${this.schema}.identity`);
      const identity = await this.judged(client, rows[0], place);
      await client.query('COMMIT');
      return identity;
    } catch (error) {
      if (sqlStateOf(error) !== null) await client.query('ROLLBACK');
      throw error;
    }
  }

  private async judged(client: pg.ClientBase, row: Row | undefined, place: string): Promise<LogIdentity> {
    if (row === undefined) {
      const { rows } = await client.query(`SELECT 1 FROM ${this.schema}.checkpoints LIMIT 1`);
      const first = rows.length > 0 ? firstIdentity() : newLog();
      return this.keep(client, first, place);
    }
    const { place: writtenIn, ...held } = row;
    const identity = logIdentitySchema.parse(held);
    if (writtenIn === place) return identity;
    const { id, epoch: before } = identity;
    return this.keep(
      client,
      { id, epoch: epochAfter(before, newChance()), because: 'database-changed', before },
      place,
    );
  }

  private async keep(client: pg.ClientBase, identity: LogIdentity, place: string): Promise<LogIdentity> {
    const { id, epoch, because, before } = identity;
    await client.query(
      `INSERT INTO ${this.schema}.identity (one, id, epoch, because, before, place) VALUES (1, $1, $2, $3, $4, $5)
       ON CONFLICT (one) DO UPDATE SET id = excluded.id, epoch = excluded.epoch, because = excluded.because,
         before = excluded.before, place = excluded.place`,
      [id, epoch, because, before, place],
    );
    return identity;
  }

  /**
   * Where the identity lies. What a dump is restored into has tables with other numbers, another cluster has another system
   * identifier, and a restore to a moment or a standby that is promoted begins another timeline.
   */
  private async placeOf(client: pg.ClientBase): Promise<string> {
    const { rows } = await client.query<{ place: string }>(
      `SELECT (SELECT oid FROM pg_database WHERE datname = current_database()) || '/' || $1::regclass::oid AS place`,
      [`${this.schema}.identity`],
    );
    const database = rows[0]?.place ?? '';
    try {
      const { rows: cluster } = await client.query<{ place: string }>(
        `SELECT system_identifier || '/' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) AS place
         FROM pg_control_system()`,
      );
      return `${database}/${cluster[0]?.place ?? ''}`;
    } catch (error) {
      if (sqlStateOf(error) === null) throw error;
      return database; // Some providers keep it from their customers.
    }
  }
}

function newLog(): LogIdentity {
  return { id: newLogId(), epoch: epochAfter(null, newChance()), because: 'new-log', before: null };
}

function firstIdentity(): LogIdentity {
  return { id: newLogId(), epoch: epochOfOldEvents, because: 'first-identity', before: null };
}

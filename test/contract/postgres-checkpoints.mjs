// Checkpoints in PostgreSQL for tests in which several processes share a log. See postgres-checkpoints.d.mts.
import pg from 'pg';

export class PostgresCheckpoints {
  constructor(pool, schema) {
    this.pool = pool;
    this.schema = schema;
  }

  static async open(url, schema) {
    const pool = new pg.Pool({ connectionString: url, max: 6 });
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    await pool.query(`
      SELECT pg_advisory_lock(7);
      CREATE SCHEMA IF NOT EXISTS ${schema};
      CREATE TABLE IF NOT EXISTS ${schema}.checkpoints
        (subscription text, partition integer, "offset" bigint, PRIMARY KEY (subscription, partition));
      CREATE TABLE IF NOT EXISTS ${schema}.seen
        (number bigserial PRIMARY KEY, subscription text, partition integer, id text, by text);
      SELECT pg_advisory_unlock(7);`);
    return new PostgresCheckpoints(pool, schema);
  }

  async load(subscription) {
    const text = `SELECT partition, "offset" FROM ${this.schema}.checkpoints WHERE subscription = $1`;
    const { rows } = await this.pool.query(text, [subscription]);
    return new Map(rows.map((row) => [row.partition, Number(row.offset)]));
  }

  async commit(moves, work) {
    const client = await this.pool.connect();
    let broken = true;
    try {
      await client.query("BEGIN; SET LOCAL idle_in_transaction_session_timeout = '3s'");
      for (const move of moves) {
        if (await this.move(client, move)) continue;
        await client.query('ROLLBACK');
        broken = false;
        return false;
      }
      await work(client);
      await client.query('COMMIT');
      broken = false;
      return true;
    } finally {
      client.release(broken);
    }
  }

  async move(client, { subscription, partition, from, to }) {
    const table = `${this.schema}.checkpoints`;
    if (from === 0) {
      await client.query(`INSERT INTO ${table} VALUES ($1, $2, 0) ON CONFLICT DO NOTHING`, [subscription, partition]);
    }
    const text = `UPDATE ${table} SET "offset" = $4 WHERE subscription = $1 AND partition = $2 AND "offset" = $3`;
    return (await client.query(text, [subscription, partition, from, to])).rowCount === 1;
  }

  async writeDown(tx, subscription, partition, ids, by = '') {
    const text = `INSERT INTO ${this.schema}.seen (subscription, partition, id, by) SELECT $1, $2::integer, id, $4
                  FROM unnest($3::text[]) WITH ORDINALITY AS n (id, place) ORDER BY place`;
    await tx.query(text, [subscription, partition, ids, by]);
  }

  async seen(subscription) {
    const text = `SELECT partition, id, by FROM ${this.schema}.seen WHERE subscription = $1 ORDER BY number`;
    return (await this.pool.query(text, [subscription])).rows;
  }

  async close() {
    await this.pool.end();
  }
}

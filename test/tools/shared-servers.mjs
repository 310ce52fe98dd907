// Jest's globalSetup: lets all spec files of a run share one Kafka and one PostgreSQL. It runs in Jest's own process, which
// outlives the spec files and their module registries, and listens on 127.0.0.1; a spec asks through test/fixtures/kafka.ts or
// postgres.ts, and the first that asks has the server started. A run that needs neither starts neither. They end in
// shared-servers-end.mjs, or with Jest's process however that ends (keeper.mjs).
// KAFKA_BROKERS (host:port,…) and DATABASE_URL name servers that are taken instead.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

/** How the fixtures find this process. */
const addressVariable = 'WARDROUND_TEST_SERVERS';

export default async function openSharedServers() {
  /** What is to be done at the end, in the order of the beginnings. */
  const endings = [];
  const kafka = onFirstUse(() => openKafka(endings));
  const postgres = onFirstUse(() => openPostgres(endings));
  const answers = new Map([
    ['/kafka', kafka],
    ['/database', async () => (await postgres()).newDatabase()],
  ]);

  const server = createServer((request, response) => {
    response.setHeader('connection', 'close');
    const answer = answers.get(request.url) ?? (() => Promise.reject(new Error(`there is no ${request.url}`)));
    answer().then(
      (value) => response.end(JSON.stringify(value)),
      (error) => response.writeHead(500).end(error.message),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.env[addressVariable] = `http://127.0.0.1:${server.address().port}`;

  // Jest hands nothing from its setup to its teardown but the global object of its process.
  globalThis.closeSharedServers = async () => {
    server.close();
    server.closeAllConnections();
    for (const end of endings.reverse()) await end();
  };
}

function onFirstUse(make) {
  let made = null;
  return () => (made ??= make());
}

// The drivers are loaded when they are needed: most runs of single specs need none.

async function openKafka(endings) {
  // All names of topics that a run makes begin with this, so that they can be removed from brokers that stay.
  const prefix = `wardround-test-${randomBytes(4).toString('hex')}`;
  if (process.env.KAFKA_BROKERS) {
    const bootstrap = process.env.KAFKA_BROKERS.split(',').map((address) => address.trim());
    endings.push(() => removeTopics(bootstrap, prefix));
    return { bootstrap, prefix };
  }
  const { startKafka } = await import('./kafka.mjs');
  const cluster = await startKafka();
  endings.push(() => cluster.stop());
  return { bootstrap: cluster.bootstrap, prefix };
}

async function removeTopics(bootstrap, prefix) {
  const { Kafka, logLevel } = await import('kafkajs');
  const admin = new Kafka({ brokers: bootstrap, logLevel: logLevel.ERROR }).admin();
  await admin.connect();
  const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
  if (topics.length > 0) await admin.deleteTopics({ topics });
  await admin.disconnect();
}

async function openPostgres(endings) {
  let url = process.env.DATABASE_URL;
  const stays = Boolean(url);
  if (!stays) {
    const { startPostgres } = await import('./postgres.mjs');
    // What it holds need not outlive the run: no spec kills this one. Those that do start one of their own.
    const server = await startPostgres({
      settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
    });
    endings.push(() => server.stop());
    url = server.url;
  }
  const { default: pg } = await import('pg');
  const client = new pg.Client(url);
  await client.connect();
  const names = [];
  endings.push(async () => {
    if (stays) for (const name of names) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.end();
  });

  // One client runs one statement at a time, so that databases are made one after the other, as PostgreSQL wants it.
  return {
    async newDatabase() {
      const name = `wardround_test_${randomBytes(6).toString('hex')}`;
      await client.query(`CREATE DATABASE ${name} TEMPLATE template0`);
      names.push(name);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return { url: own.href };
    },
  };
}

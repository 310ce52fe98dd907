// A fleet on one computer, for a look: a Kafka broker, a PostgreSQL and two hubs that share the work. `npm run start:fleet`, until
// Ctrl-C. What they keep is in data/fleet/ and is there again the next time; KAFKA_BROKERS and DATABASE_URL name servers that are
// taken instead. `--brokers 3` for three brokers (in their own folder), `--hubs 3` for more hubs.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isFree } from './free-ports.mjs';
import { openKeeper, untilReady } from './keeper.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const home = join(root, 'data', 'fleet');
const firstPort = 8321;
const hubPatienceMs = 60_000;
const stopPatienceMs = 20_000;

const { values } = parseArgs({
  options: { brokers: { type: 'string', default: '1' }, hubs: { type: 'string', default: '2' } },
});
/** What has been started, last first. */
const running = [];
let stopping = null;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop().then(() => process.exit(0)));

try {
  mkdirSync(home, { recursive: true });
  const servers = { KAFKA_BROKERS: await kafka(), DATABASE_URL: await postgres() };
  for (const [name, address] of Object.entries(servers)) console.log(`${name}=${address}`);
  await hubs(Number(values.hubs), servers);
  console.log('Ctrl-C stops all of them.');
} catch (error) {
  if (stopping === null) {
    console.error(error.message);
    await stop();
    process.exitCode = 1;
  }
}

async function kafka() {
  if (process.env.KAFKA_BROKERS) return process.env.KAFKA_BROKERS;
  const { startKafka } = await import('./kafka.mjs');
  const brokers = Number(values.brokers);
  console.log(brokers === 1 ? 'Starting a Kafka broker' : `Starting ${brokers} Kafka brokers`);
  const cluster = await startKafka({ brokers, folder: join(home, `kafka-${brokers}`), longRunning: true });
  running.unshift(cluster);
  return cluster.bootstrap.join(',');
}

async function postgres() {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL;
  const { startPostgres } = await import('./postgres.mjs');
  console.log('Starting PostgreSQL');
  const server = await startPostgres({ folder: join(home, 'postgres') });
  running.unshift(server);
  return server.url;
}

/** Hubs one after the other: the first makes topic and tables. */
async function hubs(count, env) {
  const keeper = openKeeper();
  running.unshift({ stop: () => keeper.close() });
  let port = firstPort;
  for (let number = 1; number <= count; number++) {
    while (!(await isFree(port))) port++;
    const data = join(home, `hub-${number}`);
    const output = join(home, `hub-${number}.log`);
    const command = ['--config', fileURLToPath(new URL('fleet.yaml', import.meta.url)), '--data', data, '--port', port];
    const program = await keeper.run({
      command: process.execPath,
      args: [join(root, 'dist', 'program', 'wardround.js'), ...command.map(String), 'start'],
      folder: root,
      env,
      output,
    });
    running.unshift({ stop: () => (program.alive() ? program.end('SIGTERM', stopPatienceMs) : null) });
    const board = `http://127.0.0.1:${port}`;
    await untilReady({
      program,
      question: async () => (await fetch(`${board}/healthz`, { signal: AbortSignal.timeout(5_000) })).ok,
      patienceMs: hubPatienceMs,
      explain: () => `Hub ${number} did not start.`,
    });
    console.log(`Hub ${number}: ${board}   what it says: ${output}`);
    port++;
  }
}

function stop() {
  stopping ??= stopAll();
  return stopping;
}

async function stopAll() {
  for (const each of running.splice(0)) await each.stop();
}

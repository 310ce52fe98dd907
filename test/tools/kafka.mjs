// A real Kafka for tests, benches and a look: one broker or three, from Kafka's published jars, without Docker.
// As a command: node test/tools/kafka.mjs [--brokers 3] [--folder <folder>], until Ctrl-C.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { freePorts, isFree } from './free-ports.mjs';
import { bringKafka, java } from './kafka-jars.mjs';
import { brokerProperties, linkListener, listenersOf, logging, scramUsers, toProperties } from './kafka-properties.mjs';
import { openKeeper, untilReady } from './keeper.mjs';
import { pauseProcesses, signalIfThere } from './process-tree.mjs';
import { openLink } from './tcp-link.mjs';

const startPatienceMs = 90_000;
const stopPatienceMs = 20_000;

/**
 * Starts a cluster whose brokers are controllers too (KRaft). Resolves when every broker answers and knows all others.
 * Without `folder` its data is in a temporary folder that is removed at the end; a folder that was used before is taken
 * up again, on its old ports if they are free. `settings` are lines of server.properties instead of ours. With
 * `secured` it listens with TLS and logins too; each of `links` is a way to the cluster that can be cut. See
 * kafka.d.mts.
 */
export async function startKafka({
  brokers: count = 1,
  folder,
  settings = {},
  secured,
  links = [],
  longRunning = false,
} = {}) {
  const jars = await bringKafka();
  const home = folder ? resolve(folder) : mkdtempSync(join(tmpdir(), 'wardround-kafka-'));
  mkdirSync(home, { recursive: true });
  const keeper = openKeeper(folder ? {} : { removeAtEnd: home });
  try {
    const plan = await planCluster(home, count, listenersOf({ secured, links }), links.length);
    await Promise.all(plan.brokers.map((broker) => prepareBroker(jars, plan, broker, { settings, secured })));
    const brokers = plan.brokers.map((broker) => brokerHandle(jars, keeper, broker, longRunning));
    await Promise.all(brokers.map((broker) => broker.start({ knowing: count })));
    const ways = await Promise.all(links.map((name, at) => openWays(plan.brokers, at)));
    const addresses = (listener) => plan.brokers.map((broker) => `127.0.0.1:${broker.ports[listener]}`);
    return {
      bootstrap: addresses('PLAINTEXT'),
      ...(secured && {
        secured: { tls: addresses('TLS'), login: addresses('LOGIN'), tlsLogin: addresses('TLSLOGIN') },
      }),
      links: Object.fromEntries(links.map((name, at) => [name, ways[at]])),
      brokers,
      async stop() {
        await Promise.all(ways.map((way) => way.close()));
        // What is thrown away need not be closed in order, which three brokers that end at once cannot do quickly.
        if (folder) await Promise.all(brokers.map((broker) => broker.stop()));
        await keeper.close();
      },
    };
  } catch (error) {
    await keeper.close();
    throw error;
  }
}

/** The cluster's id and ports: as they were when the folder was used before, else new ones. */
async function planCluster(home, count, listeners, linkCount) {
  const file = join(home, 'cluster.json');
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  if (before !== null && before.count !== count) {
    throw new Error(`${home} holds a cluster of ${before.count} brokers, and ${count} are asked for`);
  }
  const perBroker = listeners.length + linkCount;
  const usable =
    before?.ports.length === perBroker * count && (await Promise.all(before.ports.map(isFree))).every(Boolean);
  const ports = usable ? before.ports : await freePorts(perBroker * count);
  // An id must not begin with a hyphen, since it is given on a command line.
  const id = before?.id ?? `w${randomBytes(16).toString('base64url').slice(1)}`;
  writeFileSync(file, `${JSON.stringify({ id, count, ports })}\n`);
  const brokers = Array.from({ length: count }, (_, at) => {
    const own = ports.slice(at * perBroker, (at + 1) * perBroker);
    return {
      id: at + 1,
      ports: Object.fromEntries(listeners.map((listener, place) => [listener, own[place]])),
      linkPorts: own.slice(listeners.length),
      folder: join(home, `broker-${at + 1}`),
    };
  });
  return { id, brokers };
}

/** Writes a broker's settings, and formats its data folder if it is new. */
async function prepareBroker(jars, plan, broker, { settings, secured }) {
  mkdirSync(broker.folder, { recursive: true });
  const properties = brokerProperties(plan.brokers, broker, { settings, secured });
  writeFileSync(join(broker.folder, 'server.properties'), toProperties(properties));
  writeFileSync(join(broker.folder, 'log4j2.properties'), toProperties(logging));
  if (existsSync(join(broker.folder, 'data', 'meta.properties'))) return;
  const format = [
    'kafka.tools.StorageTool',
    'format',
    '-t',
    plan.id,
    '-c',
    'server.properties',
    ...scramUsers(secured),
  ];
  await promisify(execFile)(java, [...quickStart, ...javaOptions, '-cp', classPath(jars), ...format], {
    cwd: broker.folder,
  });
}

/** One way to all brokers, by a link to each: clients are told the links' ports only. */
async function openWays(brokers, at) {
  const links = await Promise.all(
    brokers.map((broker) => openLink({ target: broker.ports[linkListener(at)], port: broker.linkPorts[at] })),
  );
  const all = (what) => Promise.all(links.map(what)).then(() => undefined);
  return {
    bootstrap: links.map((link) => `127.0.0.1:${link.port}`),
    toBroker: (id) => links[id - 1],
    cut: (how) => all((link) => link.cut(how)),
    heal: () => all((link) => link.heal()),
    close: () => all((link) => link.close()),
  };
}

/** Java compiles quickly and not well: half the work until a broker is up, which is most of what a short test sees of it. */
const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
const javaOptions = ['-Xmx256m', '-XX:-UsePerfData', '-Djava.awt.headless=true'];

function brokerHandle(jars, keeper, { id, ports, folder }, longRunning) {
  const address = `127.0.0.1:${ports.PLAINTEXT}`;
  const log = join(folder, 'broker.log');
  let program = null;

  async function start({ wait = true, knowing = 1 } = {}) {
    if (program?.alive()) return;
    const options = [
      ...(longRunning ? [] : quickStart),
      ...javaOptions,
      '-Dlog4j2.configurationFile=log4j2.properties',
      '-XX:+ExitOnOutOfMemoryError',
    ];
    program = await keeper.run({
      command: java,
      args: [...options, '-cp', classPath(jars), 'kafka.Kafka', 'server.properties'],
      folder,
      output: log,
    });
    const asked = program;
    if (!wait) return;
    await untilReady({
      program: asked,
      question: async () => {
        const known = await knownBrokers(address);
        return known.includes(id) && known.length >= knowing;
      },
      patienceMs: startPatienceMs,
      explain: () => `Kafka's broker ${id} did not start.`,
    });
  }

  return {
    id,
    address,
    log,
    get pid() {
      return program.pid;
    },
    alive: () => program?.alive() ?? false,
    start,
    async kill(signal = 'SIGKILL') {
      if (!program.alive()) return;
      if (signal === 'SIGSTOP') return pauseProcesses([program.pid]);
      signalIfThere(program.pid, signal);
      if (signal === 'SIGKILL') await program.exit;
    },
    async stop() {
      if (program?.alive()) await program.end('SIGTERM', stopPatienceMs);
    },
  };
}

/** Ids of the brokers that the broker at `address` knows to be alive. */
async function knownBrokers(address) {
  const kafka = new Kafka({
    clientId: 'wardround-test-tools',
    brokers: [address],
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.map((broker) => broker.nodeId);
  } finally {
    await admin.disconnect();
  }
}

const classPath = (jars) => join(jars, '*');

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { brokers: { type: 'string', default: '1' }, folder: { type: 'string' } } });
  const cluster = await startKafka({
    brokers: Number(values.brokers),
    ...(values.folder && { folder: values.folder }),
  });
  console.log(`KAFKA_BROKERS=${cluster.bootstrap.join(',')}`);
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => void cluster.stop().then(() => process.exit(0)));
}

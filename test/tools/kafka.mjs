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
import { openKeeper, untilReady } from './keeper.mjs';
import { signalIfThere } from './process-tree.mjs';

const startPatienceMs = 90_000;
const stopPatienceMs = 20_000;

/**
 * Starts a cluster whose brokers are controllers too (KRaft). Resolves when every broker answers and knows all others.
 * Without `folder` its data is in a temporary folder that is removed at the end; a folder that was used before is taken up again,
 * on its old ports if they are free. `settings` are lines of server.properties, which go before ours. See kafka.d.mts.
 */
export async function startKafka({ brokers: count = 1, folder, settings = {} } = {}) {
  const jars = await bringKafka();
  const home = folder ? resolve(folder) : mkdtempSync(join(tmpdir(), 'wardround-kafka-'));
  mkdirSync(home, { recursive: true });
  const keeper = openKeeper(folder ? {} : { removeAtEnd: home });
  try {
    const plan = await planCluster(home, count);
    await Promise.all(plan.brokers.map((broker) => prepareBroker(jars, plan, broker, settings)));
    const brokers = plan.brokers.map((broker) => brokerHandle(jars, keeper, plan, broker));
    await Promise.all(brokers.map((broker) => broker.start({ knowing: count })));
    return {
      bootstrap: plan.brokers.map((broker) => `127.0.0.1:${broker.port}`),
      brokers,
      async stop() {
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
async function planCluster(home, count) {
  const file = join(home, 'cluster.json');
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  if (before !== null && before.ports.length !== 2 * count) {
    throw new Error(`${home} holds a cluster of ${before.ports.length / 2} brokers, and ${count} are asked for`);
  }
  const kept = before !== null && (await Promise.all(before.ports.map(isFree))).every(Boolean);
  // An id must not begin with a hyphen, since it is given on a command line.
  const id = before?.id ?? `w${randomBytes(16).toString('base64url').slice(1)}`;
  const ports = kept ? before.ports : await freePorts(2 * count);
  writeFileSync(file, `${JSON.stringify({ id, ports })}\n`);
  const brokers = Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    port: ports[2 * at],
    controllerPort: ports[2 * at + 1],
    folder: join(home, `broker-${at + 1}`),
  }));
  return { id, brokers };
}

/** Writes a broker's settings, and formats its data folder if it is new. */
async function prepareBroker(jars, plan, broker, settings) {
  mkdirSync(broker.folder, { recursive: true });
  const properties = { ...settings, ...ownProperties(plan, broker, settings) };
  writeFileSync(join(broker.folder, 'server.properties'), toProperties(properties));
  writeFileSync(join(broker.folder, 'log4j2.properties'), toProperties(logging));
  if (existsSync(join(broker.folder, 'data', 'meta.properties'))) return;
  const format = ['kafka.tools.StorageTool', 'format', '-t', plan.id, '-c', 'server.properties'];
  const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...javaOptions];
  await promisify(execFile)(java, [...quick, '-cp', classPath(jars), ...format], { cwd: broker.folder });
}

function ownProperties(plan, broker, settings) {
  const count = plan.brokers.length;
  const replicas = Math.min(count, 3);
  const inSync = Math.max(1, replicas - 1);
  const defaults = {
    'num.partitions': 1,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 5,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 5,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': 5,
    // A broker that was killed may come back only when the others believe that it is gone: 9 s as Kafka comes.
    'broker.session.timeout.ms': count === 1 ? 3_000 : 6_000,
    'broker.heartbeat.interval.ms': count === 1 ? 500 : 1_000,
    // Many small topics: a partition sets the room of its indexes aside when it is made, 20 MB as Kafka comes.
    'log.segment.bytes': 32 * 1024 * 1024,
    'log.index.size.max.bytes': 128 * 1024,
    // The cleaner sets its memory aside too, half of a small heap as Kafka comes.
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
    // Kafka answers when all in-sync replicas have a record in memory. One broker alone must have it on disk instead.
    ...(count === 1 ? { 'log.flush.interval.messages': 1 } : {}),
  };
  return {
    ...Object.fromEntries(Object.entries(defaults).filter(([name]) => !(name in settings))),
    'process.roles': 'broker,controller',
    'node.id': broker.id,
    'controller.quorum.voters': plan.brokers.map((each) => `${each.id}@127.0.0.1:${each.controllerPort}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    listeners: `PLAINTEXT://127.0.0.1:${broker.port},CONTROLLER://127.0.0.1:${broker.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker.port}`,
    'log.dirs': 'data',
  };
}

const javaOptions = ['-Xmx256m', '-XX:-UsePerfData', '-Djava.awt.headless=true'];

/** Warnings are printed, into the broker's `broker.log`. */
const logging = {
  'appender.out.type': 'Console',
  'appender.out.name': 'out',
  'appender.out.layout.type': 'PatternLayout',
  'appender.out.layout.pattern': '%d{ISO8601} %p %m (%c)%n',
  'rootLogger.level': 'warn',
  'rootLogger.appenderRef.out.ref': 'out',
};

function brokerHandle(jars, keeper, plan, { id, port, folder }) {
  const log = join(folder, 'broker.log');
  let program = null;

  async function start({ wait = true, knowing = 1 } = {}) {
    if (program?.alive()) return;
    const options = [...javaOptions, '-Dlog4j2.configurationFile=log4j2.properties', '-XX:+ExitOnOutOfMemoryError'];
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
        const known = await knownBrokers(`127.0.0.1:${port}`);
        return known.includes(id) && known.length >= knowing;
      },
      patienceMs: startPatienceMs,
      explain: () => `Kafka's broker ${id} did not start.`,
    });
  }

  return {
    id,
    address: `127.0.0.1:${port}`,
    log,
    get pid() {
      return program.pid;
    },
    alive: () => program?.alive() ?? false,
    start,
    async kill(signal = 'SIGKILL') {
      if (!program.alive()) return;
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

function toProperties(values) {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${String(value).replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`)
    .join('');
}

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

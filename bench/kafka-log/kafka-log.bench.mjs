// Append and consume through the engine on Kafka and PostgreSQL, against kafkajs alone with the same settings.
// node bench/kafka-log/kafka-log.bench.mjs [--events 50000] [--rounds 3] [--callers 100,1000] [--profile <folder>]
// (after npm run build). KAFKA_BROKERS and DATABASE_URL name servers to use; without them they are started here.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { fleetServers, newName } from '../system.mjs';
import { summary } from './profile.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '3' },
    callers: { type: 'string', default: '100,1000' },
    profile: { type: 'string' },
  },
});
const events = Number(values.events);
const rounds = Number(values.rounds);
const callerCounts = values.callers.split(',').map(Number);
const contenders = ['bare', 'plain', 'full'];
const labels = { bare: 'kafkajs alone', plain: 'engine, nothing on', full: 'engine, everything on' };
const wanted = { plain: 0.7, full: 0.3 };
/** What is compared: of which pass, and up to when. */
const measures = [
  { label: 'append alone', pass: 'append', until: 'seconds' },
  { label: 'consume alone', pass: 'consume', until: 'seconds' },
  { label: 'append while consuming', pass: 'both', until: 'acknowledgedSeconds' },
  { label: 'append and consume', pass: 'both', until: 'seconds' },
];

async function run(contender, callers, servers, profileFolder) {
  const name = newName();
  const options = JSON.stringify({ contender, name, callers, events, servers, profileFolder });
  const child = fork(fileURLToPath(new URL('contender.mjs', import.meta.url)), [options]);
  try {
    const ended = once(child, 'exit');
    const [passes] = await Promise.race([once(child, 'message'), ended]);
    await ended;
    if (typeof passes !== 'object' || passes === null) throw new Error(`${labels[contender]} ended without a result`);
    return passes;
  } finally {
    await forget(name);
  }
}

/** The disk is to hold one contender's events at a time. */
async function forget(name) {
  const admin = new Kafka({ brokers: process.env.KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [name] });
  await admin.disconnect();
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  for (const schema of [name, `${name}_log`]) await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  await client.end();
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** The median of the rounds, in events a second; null if this contender has no such pass. */
function rate(results, { pass, until }) {
  const seconds = results.flatMap((passes) => (passes[pass] ? [passes[pass][until]] : []));
  return seconds.length === 0 ? null : events / median(seconds);
}

function report(callers, results) {
  console.log(`\n${callers} callers\n\n| events/s | ${contenders.map((one) => labels[one]).join(' | ')} |`);
  console.log(`|---|${contenders.map(() => '--:').join('|')}|`);
  for (const measure of measures) {
    const [bare, ...ours] = contenders.map((one) => rate(results.get(one), measure));
    const cells = ours.map((own) => (own === null ? '' : `${own.toFixed(0)} (${(own / bare).toFixed(2)})`));
    console.log(`| ${measure.label} | ${bare.toFixed(0)} | ${cells.join(' | ')} |`);
  }
  console.log(`\n${verdicts(results).join('\n')}\n`);
  for (const one of contenders)
    console.log(`processors, append and consume, ${labels[one]}: ${processors(results.get(one))}`);
}

function verdicts(results) {
  return Object.entries(wanted).map(([one, least]) => {
    const ratio = rate(results.get(one), measures.at(-1)) / rate(results.get('bare'), measures.at(-1));
    const verdict = ratio >= least ? 'PASS' : 'short of it';
    return `${labels[one]}, append and consume: ${ratio.toFixed(2)} of kafkajs alone, wanted ${least}: ${verdict}`;
  });
}

/** Medians; what a busy machine cannot change much, unlike the time by the clock. */
function processors(results) {
  const whos = Object.keys(results[0].both.processors);
  const micros = whos.map((who) => median(results.map(({ both }) => (both.processors[who] * 1e6) / events)));
  const sum = micros.reduce((total, one) => total + one, 0);
  const each = whos.map((who, at) => `${who} ${micros[at].toFixed(0)}`);
  return `${each.join(', ')}, together ${sum.toFixed(0)} µs an event`;
}

async function profileAll(servers, folder) {
  await mkdir(folder, { recursive: true });
  for (const callers of callerCounts) {
    for (const one of contenders) {
      const passes = await run(one, callers, servers, folder);
      for (const pass of Object.keys(passes)) {
        const file = join(folder, `${one}-${pass}-${callers}.cpuprofile`);
        console.log(`\n${labels[one]}, ${pass}, ${callers} callers: ${file}`);
        console.log((await summary(file, events, passes[pass].processors.node)).join('\n'));
      }
    }
  }
}

const closers = [];
try {
  const servers = await fleetServers({ add: (close) => closers.unshift(close) });
  const { length } = cpus();
  console.log(
    `Node ${process.version}, ${length} CPUs, load ${loadavg()[0].toFixed(1)}; ${events} events, ${rounds} rounds`,
  );
  if (values.profile) await profileAll(servers, values.profile);
  else {
    const results = new Map(callerCounts.map((callers) => [callers, new Map(contenders.map((one) => [one, []]))]));
    for (let round = 0; round < rounds; round++) {
      for (const callers of callerCounts) {
        const byContender = results.get(callers);
        for (const one of contenders) byContender.get(one).push(await run(one, callers, servers));
      }
    }
    for (const callers of callerCounts) report(callers, results.get(callers));
  }
} finally {
  for (const close of closers) await close();
}

// All views rebuilt by one hub of three, from a million events in Kafka's archive, while new events come in. Afterwards the
// views are compared with those that one process folds once from the same log, and the log is searched for what no one stated.
// node bench/rebuild/rebuild.bench.mjs [--events 1000000] [--rate 200]   (after npm run build)
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { openViewStore } from '../../dist/src/store/open-view-store.adapter.js';
import { allTables, allViews, viewTables } from '../../dist/src/capabilities.js';
import { ViewsService } from '../../dist/src/folding/views.service.js';
import { clinicHistory } from '../replay/clinic-history.mjs';
import { fleetServers, newName, openLog } from '../system.mjs';

const { values } = parseArgs({
  options: { events: { type: 'string', default: '1000000' }, rate: { type: 'string', default: '200' } },
});
const wanted = Number(values.events);
const name = newName();
const closers = [];
const opened = { add: (close) => closers.unshift(close) };
try {
  await fleetServers(opened);
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  for (const close of closers) await close();
}

async function run() {
  const stated = await timed('appended and archived', () => load());
  const hubs = await Promise.all([1, 2, 3].map(() => startHub(stated)));
  await timed('folded by three hubs', () => all(hubs, 'caughtUp'));
  console.log(`partitions of each hub: ${JSON.stringify(await all(hubs, 'partitions'))}`);
  const [first, second] = hubs;
  await first.ask('live');
  const { seconds, changed } = await second.ask('rebuild');
  const live = await first.ask('stopLive');
  const perSecond = Math.round(stated / seconds);
  console.log(
    `rebuilt in ${seconds.toFixed(1)} s, ${perSecond} events/s, while ${live} came in; rows changed: ${changed}`,
  );
  await all(hubs, 'caughtUp');
  await all(hubs, 'end');
  return compare(stated + live, changed);
}

async function load() {
  const { log, close } = await openPart();
  let stated = 0;
  let batch = [];
  for (const events of clinicHistory(wanted)) {
    batch.push(...events);
    if (batch.length < 2_000) continue;
    stated += (await log.append(batch)).length;
    batch = [];
  }
  stated += (await log.append(batch)).length;
  await archived(log);
  await close();
  return stated;
}

/** Resolves when the archive has it all. `head` waits for that too, but not for minutes. */
async function archived(log) {
  for (;;) {
    try {
      return await log.head();
    } catch (error) {
      if (error.code !== 'unreachable') throw error;
    }
  }
}

async function compare(stated, changed) {
  const once = `${name}_once`;
  const { log, close } = await openPart();
  const store = await openViewStore({ engine: 'postgres', url: process.env.DATABASE_URL, schema: once }, allTables);
  const views = new ViewsService(log, store, allViews);
  await views.start();
  await timed('folded once, by one process', () => views.caughtUp());
  let found = 0;
  for await (const batch of log.read({})) found += batch.length;
  await views.stop();
  await store.close();
  await close();
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  let otherwise = 0;
  let rows = 0;
  for (const { options } of viewTables) {
    const [one, other] = [name, once].map((schema) => `"${schema}"."${options.name}"`);
    const text = `SELECT (SELECT count(*) FROM ${other}) AS rows,
      (SELECT count(*) FROM (TABLE ${one} EXCEPT TABLE ${other}) AS a) + (SELECT count(*) FROM (TABLE ${other} EXCEPT TABLE ${one}) AS b) AS otherwise`;
    const { rows: answer } = await client.query(text);
    otherwise += Number(answer[0].otherwise);
    rows += Number(answer[0].rows);
  }
  const { rows: left } = await client.query(`SELECT count(*) AS left FROM "${name}"."outbox"`);
  await client.end();
  console.log(`${rows} rows in ${viewTables.length} tables, ${otherwise} of them otherwise than folded once`);
  console.log(`${found} events in the log, ${stated} stated; ${left[0].left} decisions on their way`);
  const right = otherwise === 0 && changed === 0 && found === stated && Number(left[0].left) === 0;
  console.log(right ? 'as it should be' : 'NOT as it should be');
  return right;
}

/** The log, with no one at work. */
async function openPart() {
  const parts = [];
  const { log } = await openLog({ engine: 'kafka', name, opened: { add: (end) => parts.unshift(end) } });
  const close = async () => {
    for (const part of parts) await part();
  };
  return { log, close };
}

async function startHub(known) {
  const argument = JSON.stringify({ name, known, rate: Number(values.rate) });
  const child = fork(fileURLToPath(new URL('hub.child.mjs', import.meta.url)), [argument]);
  opened.add(() => void child.kill());
  const waiting = new Map();
  let next = 0;
  child.on('message', ({ id, answer, error }) => {
    const { resolve, reject } = waiting.get(id) ?? {};
    if (error === undefined) resolve?.(answer);
    else reject?.(new Error(error));
  });
  await once(child, 'message');
  const ask = (order) =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      child.send({ id, order });
      child.once('exit', () =>
        order === 'end' ? resolve(null) : reject(new Error(`a hub has ended during ${order}`)),
      );
    });
  return { ask };
}

function all(hubs, order) {
  return Promise.all(hubs.map(({ ask }) => ask(order)));
}

async function timed(what, work) {
  const begun = performance.now();
  const result = await work();
  console.log(`${what}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return result;
}

// Ten million events appended and folded, by views, rules and notifications, in one process: does its memory grow?
// node bench/memory/memory.bench.mjs [--events 10000000] [--every 250000] [--engine sqlite|kafka] [--dir <folder>]
// (after npm run build; SQLite's files take about 1 GB for a million events)
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FleetLoad, ruleDefinitions } from '../latency/fleet-load.mjs';
import { openSystem } from '../system.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '10000000' },
    every: { type: 'string', default: '250000' },
    engine: { type: 'string', default: 'sqlite' },
    dir: { type: 'string', default: tmpdir() },
  },
});
const total = Number(values.events);
const every = Number(values.every);
const servers = 50;
const perAppend = 500;
const appendsInFlight = 4;
/** Anyone who appends waits for those who fold, so that the process has the same work at hand all the time. */
const mostBehind = 20_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

async function behind({ views, deciders }) {
  const statuses = [await views.status(), ...(await deciders.statuses())];
  return Math.max(...statuses.map(({ lag }) => lag));
}

async function run(system, onSample) {
  const load = new FleetLoad(servers);
  const inFlight = new Set();
  for (let made = 0; made < total;) {
    const events = Array.from({ length: perAppend }, () => load.next(Date.now()).event);
    const append = system.log.append(events).finally(() => inFlight.delete(append));
    inFlight.add(append);
    made += perAppend;
    if (inFlight.size >= appendsInFlight) await Promise.race(inFlight);
    while (made % (mostBehind / 4) === 0 && (await behind(system)) > mostBehind) await pause(20);
    if (made % every !== 0 && made !== total) continue;
    await Promise.all(inFlight);
    await system.deciders.caughtUp();
    await system.views.caughtUp();
    await onSample(made);
  }
}

const megabytes = (bytes) => bytes / 1048576;

/** Of the resident memory, what is not a file's: in MB; NaN where the system does not tell. */
async function anonymous() {
  const rollup = await readFile('/proc/self/smaps_rollup', 'utf8').catch(() => '');
  return Number(/^Anonymous: +(\d+) kB$/m.exec(rollup)?.[1]) / 1024;
}

async function sample(made, begun) {
  collectGarbage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    made,
    seconds: (performance.now() - begun) / 1000,
    rss: megabytes(rss),
    anonymous: await anonymous(),
    heap: megabytes(heapUsed),
    external: megabytes(external),
  };
}

/** By least squares, in MB per million events. */
function slope(samples, name) {
  const mean = (of) => samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  const [x, y] = [mean(({ made }) => made / 1e6), mean((one) => one[name])];
  const covariance = samples.reduce((sum, one) => sum + (one.made / 1e6 - x) * (one[name] - y), 0);
  return covariance / samples.reduce((sum, { made }) => sum + (made / 1e6 - x) ** 2, 0);
}

const folder = await mkdtemp(join(values.dir, 'wardround-memory-'));
try {
  const system = await openSystem({ engine: values.engine, folder });
  // One rule for each metric, and some of the others.
  await system.log.append(ruleDefinitions(Date.now()).filter((_, index) => index % 20 === 0));
  const begun = performance.now();
  const samples = [];
  console.log(`${values.engine}: Node ${process.version}, ${cpus().length} CPUs, load ${loadavg()[0].toFixed(1)}\n`);
  console.log('| events | seconds | resident | anonymous | heap after collection | outside the heap |');
  console.log('|--:|--:|--:|--:|--:|--:|');
  await run(system, async (made) => {
    const one = await sample(made, begun);
    samples.push(one);
    const sizes = ['rss', 'anonymous', 'heap', 'external'].map((name) => `${one[name].toFixed(1)} MB`).join(' | ');
    console.log(`| ${made} | ${one.seconds.toFixed(0)} | ${sizes} |`);
  });
  const later = samples.slice(samples.length / 2);
  const slopes = ['rss', 'anonymous', 'heap', 'external'].map((name) => `${name} ${slope(later, name).toFixed(2)} MB`);
  console.log(`\nslope of the second half per million events: ${slopes.join(', ')}`);
  console.log(`${(total / samples.at(-1).seconds).toFixed(0)} events/s, load ${loadavg()[0].toFixed(1)}`);
  await system.close();
  if (values.engine === 'sqlite') {
    for (const file of ['events.db', 'wardround.db']) {
      console.log(`${file}: ${((await stat(join(folder, file))).size / 1e9).toFixed(1)} GB`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

// Durable append by 1, 10, 100 and 1000 concurrent callers, against a bare better-sqlite3 loop.
// node bench/append/append.bench.mjs [--dir <folder>] [--seconds 1.5] [--rounds 5]     (after npm run build)
import Database from '#sqlite';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { eventTypes } from '../../dist/src/capabilities.js';
import { checkupCompleted } from '../../dist/src/checkups/checkups.events.js';
import { openSqliteLog } from '../../dist/src/event-log/sqlite/sqlite-log.adapter.js';
import { fact } from '../../dist/src/event-log/statement.js';
import { systemClock } from '../../dist/src/shared/clock.adapter.js';

const { values } = parseArgs({
  options: {
    dir: { type: 'string', default: tmpdir() },
    seconds: { type: 'string', default: '1.5' },
    rounds: { type: 'string', default: '5' },
  },
});
const spanMs = Number(values.seconds) * 1000;
const rounds = Number(values.rounds);
const callerCounts = [1, 10, 100, 1000];

/** An event as a server makes them every minute: 740 bytes of JSON. */
function checkup(number) {
  const server = `/sites/north-street/servers/server-${number % 10}`;
  return fact(checkupCompleted, {
    source: server,
    subject: `${server}/checkups/disk`,
    partitionkey: server,
    now: Date.now(),
    data: {
      site: 'north-street',
      server: `server-${number % 10}`,
      checkup: 'disk',
      plugin: 'disk-space',
      status: 'ok',
      summary: '/ has 61 % free (154 of 252 GB)',
      details: '',
      metrics: [
        { name: 'free', value: 61.2, unit: '%', warn: '15:', critical: '10:', min: 0, max: 100 },
        { name: 'free_bytes', value: 154_000_000_000 + number, unit: 'B' },
      ],
      durationMs: 12,
      trigger: 'timetable',
    },
  });
}

/** What one would write without an event log: the same events as JSON, each once, one transaction each, in the main thread. */
async function bareLoop(folder) {
  const database = new Database(join(folder, 'bare.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(
    'CREATE TABLE IF NOT EXISTS events (position INTEGER PRIMARY KEY, source TEXT, id TEXT, event TEXT, UNIQUE (source, id))',
  );
  const insert = database.prepare('INSERT INTO events (source, id, event) VALUES (?, ?, ?)');
  const begun = performance.now();
  let events = 0;
  while (performance.now() - begun < spanMs) {
    const event = checkup(events++);
    insert.run(event.source, event.id, JSON.stringify(event));
  }
  const perSecond = (events / (performance.now() - begun)) * 1000;
  database.close();
  return { perSecond };
}

async function eventLog(folder, callers) {
  const log = await openSqliteLog({ file: join(folder, 'events.db'), clock: systemClock, eventTypes });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begun = performance.now();
  let events = 0;
  const caller = async () => {
    while (performance.now() - begun < spanMs) await log.append([checkup(events++)]);
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const perSecond = (events / (performance.now() - begun)) * 1000;
  delay.disable();
  await log.close();
  return { perSecond, p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6 };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const folder = await mkdtemp(join(values.dir, 'wardround-append-'));
try {
  const bare = [];
  const ours = new Map(callerCounts.map((callers) => [callers, []]));
  await eventLog(folder, 100); // warms up
  for (let round = 0; round < rounds; round++) {
    for (const callers of callerCounts) {
      bare.push(await bareLoop(folder));
      ours.get(callers).push(await eventLog(folder, callers));
    }
  }
  const of = (results, name) => median(results.map((result) => result[name]));
  const bareRate = of(bare, 'perSecond');
  console.log(
    `Node ${process.version}, ${cpus().length} CPUs, ${rounds} rounds of ${values.seconds} s, in ${values.dir}\n`,
  );
  console.log('| | events/s | against the bare loop | event loop delay p50 | p99 |');
  console.log('|---|--:|--:|--:|--:|');
  console.log(`| bare loop | ${bareRate.toFixed(0)} | 1.0 | | |`);
  for (const [callers, results] of ours) {
    const rate = of(results, 'perSecond');
    const delays = `${of(results, 'p50').toFixed(1)} ms | ${of(results, 'p99').toFixed(1)} ms`;
    console.log(`| ${callers} callers | ${rate.toFixed(0)} | ${(rate / bareRate).toFixed(2)} | ${delays} |`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

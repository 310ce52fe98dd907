// Replay of a log into all views, against a bare better-sqlite3 loop over the same log.
// node bench/replay/replay.bench.mjs [--events 1000000] [--rounds 3] [--dir <folder, kept>]     (after npm run build)
import Database from '#sqlite';
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { allTables, allViews, eventTypes } from '../../dist/src/capabilities.js';
import { openSqliteLog } from '../../dist/src/event-log/sqlite/sqlite-log.adapter.js';
import { systemClock } from '../../dist/src/shared/clock.adapter.js';
import { SqliteViewStore } from '../../dist/src/store/sqlite-view-store.adapter.js';
import { ViewsService } from '../../dist/src/folding/views.service.js';
import { clinicHistory } from './clinic-history.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    dir: { type: 'string' },
    step: { type: 'string' },
  },
});

const openLog = (folder) => openSqliteLog({ file: join(folder, 'events.db'), clock: systemClock, eventTypes });

async function removeDatabase(file) {
  for (const suffix of ['', '-wal', '-shm']) await rm(file + suffix, { force: true });
}

const steps = {
  /** Makes the log, unless it is there from a call before. */
  async make(folder) {
    if (existsSync(join(folder, 'events.db'))) return {};
    const log = await openLog(folder);
    const begun = performance.now();
    const inFlight = new Set();
    let events = 0;
    let batch = [];
    for (const minute of clinicHistory(Number(values.events))) {
      batch.push(...minute);
      if (batch.length < 500) continue;
      const append = log.append(batch).finally(() => inFlight.delete(append));
      inFlight.add(append);
      events += batch.length;
      batch = [];
      if (inFlight.size > 4) await Promise.race(inFlight);
    }
    await Promise.all(inFlight);
    await log.append(batch);
    await log.close();
    return { events: events + batch.length, seconds: (performance.now() - begun) / 1000 };
  },

  /** A new database of the views follows the log to its end: what happens when it was lost. */
  async replay(folder) {
    const file = join(folder, 'wardround.db');
    await removeDatabase(file);
    const log = await openLog(folder);
    const events = (await log.head()).get(0);
    return measured(events, async () => {
      const store = await SqliteViewStore.open(file, allTables);
      const views = new ViewsService(log, store, allViews);
      await views.start();
      await views.caughtUp();
      return async () => {
        await views.stop();
        await store.close();
        await log.close();
      };
    });
  },

  /** `wardround views rebuild`: beside the old tables, compared with them. */
  async rebuild(folder) {
    const log = await openLog(folder);
    const events = (await log.head()).get(0);
    const store = await SqliteViewStore.open(join(folder, 'wardround.db'), allTables);
    const views = new ViewsService(log, store, allViews);
    await views.start();
    await views.caughtUp();
    return measured(events, async () => {
      const rebuilt = await views.rebuild();
      if (rebuilt.some(({ rowsChanged }) => rowsChanged > 0)) throw new Error(JSON.stringify(rebuilt));
      return async () => {
        await views.stop();
        await store.close();
        await log.close();
      };
    });
  },

  /** What one would write by hand: read, parse, keep the newest of each subject; a thousand a transaction. */
  async bare(folder) {
    const file = join(folder, 'bare.db');
    await removeDatabase(file);
    const log = new Database(join(folder, 'events.db'), { readonly: true });
    const events = log.prepare('SELECT max(offset) FROM events').pluck().get();
    return measured(events, async () => {
      const database = new Database(file);
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      database.exec(
        'CREATE TABLE status (subject INTEGER PRIMARY KEY, type INTEGER, time INTEGER, state TEXT, checkpoint INTEGER)',
      );
      const upsert = database.prepare(
        `INSERT INTO status VALUES (?, ?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE SET
         type = excluded.type, time = excluded.time, state = excluded.state, checkpoint = excluded.checkpoint`,
      );
      const select = log.prepare(
        'SELECT offset, time, type, subject, data FROM events WHERE offset > ? ORDER BY offset LIMIT 1000',
      );
      const fold = database.transaction((rows) => {
        for (const { offset, time, type, subject, data } of rows) {
          const { status, outcome, state } = JSON.parse(data);
          upsert.run(subject, type, time, status ?? outcome ?? state ?? '', offset);
        }
      });
      for (let rows = select.all(0); rows.length > 0; rows = select.all(rows.at(-1).offset)) fold(rows);
      return async () => {
        database.close();
        log.close();
      };
    });
  },
};

async function measured(events, work) {
  const rss = () => process.memoryUsage.rss() / 1048576;
  globalThis.gc?.();
  const before = rss();
  let peak = before;
  const sampling = setInterval(() => (peak = Math.max(peak, rss())), 50);
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  const close = await work();
  const seconds = (performance.now() - begun) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  clearInterval(sampling);
  const after = rss();
  peak = Math.max(peak, after);
  await close();
  const cpuSeconds = (cpu.user + cpu.system) / 1e6;
  return { events, seconds, cpuSeconds, perSecond: events / seconds, before, peak, after };
}

/** Each step in its own process, so that its memory is its own. */
function inProcess(step, folder) {
  const child = fork(fileURLToPath(import.meta.url), ['--step', step, '--dir', folder, '--events', values.events]);
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${step} ended with ${code}`)));
  });
}

async function main() {
  if (values.dir) await mkdir(values.dir, { recursive: true });
  const folder = values.dir ?? (await mkdtemp(join(tmpdir(), 'wardround-replay-')));
  try {
    const made = await inProcess('make', folder);
    if (made.events) console.log(`${made.events} events made and appended in ${made.seconds.toFixed(0)} s\n`);
    const results = { bare: [], replay: [], rebuild: [] };
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const step of Object.keys(results)) results[step].push(await inProcess(step, folder));
    }
    report(results);
  } finally {
    if (!values.dir) await rm(folder, { recursive: true, force: true });
  }
}

function report(results) {
  const median = (step, name) => {
    const sorted = results[step].map((result) => result[name]).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  };
  console.log(
    `Node ${process.version}, ${cpus().length} CPUs, ${median('bare', 'events')} events, medians of ${values.rounds}\n`,
  );
  console.log('| | events/s | against the bare loop | seconds | of the processor | rss before | peak | after |');
  console.log('|---|--:|--:|--:|--:|--:|--:|--:|');
  for (const step of Object.keys(results)) {
    const rate = median(step, 'perSecond');
    const seconds = ['seconds', 'cpuSeconds'].map((name) => median(step, name).toFixed(1)).join(' | ');
    const memory = ['before', 'peak', 'after'].map((name) => `${median(step, name).toFixed(0)} MB`).join(' | ');
    const ratio = (rate / median('bare', 'perSecond')).toFixed(2);
    console.log(`| ${step} | ${rate.toFixed(0)} | ${ratio} | ${seconds} | ${memory} |`);
  }
}

if (values.step) {
  process.send(await steps[values.step](values.dir));
  process.disconnect();
} else await main();

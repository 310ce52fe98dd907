// From the moment an event is to be appended until the alarm that it raises or clears is in the view: a thousand servers,
// a thousand rules, 2,000 events a second, through log, rules, outbox, log and view.
// node bench/latency/latency.bench.mjs [--engine sqlite|kafka] [--rate 2000] [--seconds 60] [--dir <folder>]   (after npm run build)
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { In } from '../../node_modules/typeorm/index.js';
import { alarmTable } from '../../dist/src/rules/views/alarms/alarms.entity.js';
import { openSystem } from '../system.mjs';
import { FleetLoad, ruleDefinitions } from './fleet-load.mjs';

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'sqlite' },
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '60' },
    'warm-up': { type: 'string', default: '15' },
    servers: { type: 'string', default: '1000' },
    dir: { type: 'string', default: tmpdir() },
  },
});
const rate = Number(values.rate);
const warmUpMs = Number(values['warm-up']) * 1000;
const spanMs = warmUpMs + Number(values.seconds) * 1000;
const patienceMs = 60_000;

/** Alarms on their way into the view: by id, since when they are awaited, and what is to become of them. */
class Awaited {
  waiting = new Map();
  latencies = [];
  looking = false;
  again = false;

  constructor(store) {
    this.store = store;
  }

  expect({ alarmId, change }, scheduled) {
    this.waiting.set(`${change} ${alarmId}`, { alarmId, change, scheduled });
  }

  /** Called when the view has changed. One look at a time: who looks more often than it can, waits for itself. */
  async look() {
    this.again = true;
    if (this.looking) return;
    this.looking = true;
    while (this.again) {
      this.again = false;
      const ids = [...new Set([...this.waiting.values()].map(({ alarmId }) => alarmId))];
      if (ids.length === 0) continue;
      const where = { alarmId: In(ids) };
      const rows = await this.store.read.find(alarmTable, { select: { alarmId: true, clearedAt: true }, where });
      const now = performance.now();
      for (const { alarmId, clearedAt } of rows) {
        this.found(`raised ${alarmId}`, now);
        if (clearedAt !== null) this.found(`cleared ${alarmId}`, now);
      }
    }
    this.looking = false;
  }

  found(key, now) {
    const one = this.waiting.get(key);
    if (!one) return;
    this.waiting.delete(key);
    this.latencies.push({ at: one.scheduled, ms: now - one.scheduled });
  }
}

/**
 * Appends each event at its scheduled time or, when this process was held up, as soon as it can; either way the latency counts
 * from the schedule, so that a pause shows in every event that it delayed.
 */
async function drive(log, load, awaited) {
  const begun = performance.now();
  const clockAtBegin = Date.now();
  let made = 0;
  let failed = 0;
  let worstLag = 0;
  const appends = new Set();
  const acknowledged = [];
  for (;;) {
    const elapsed = performance.now() - begun;
    if (elapsed >= spanMs) break;
    for (; (made / rate) * 1000 <= elapsed; made++) {
      const scheduledMs = (made / rate) * 1000;
      worstLag = Math.max(worstLag, elapsed - scheduledMs);
      const { event, alarm } = load.next(Math.round(clockAtBegin + scheduledMs));
      if (alarm) awaited.expect(alarm, begun + scheduledMs);
      const append = log.append([event]);
      appends.add(append);
      append.then(
        () => {
          appends.delete(append);
          if (scheduledMs >= warmUpMs) acknowledged.push(performance.now() - begun - scheduledMs);
        },
        () => failed++,
      );
    }
    await pause(1);
  }
  await Promise.allSettled(appends);
  return { begun, made, failed, worstLag, acknowledged };
}

const folder = await mkdtemp(join(values.dir, 'wardround-latency-'));
try {
  const system = await openSystem({ engine: values.engine, folder });
  const rules = ruleDefinitions(Date.now());
  await system.log.append(rules);
  await system.deciders.caughtUp();
  await system.views.caughtUp();
  const awaited = new Awaited(system.store);
  system.views.listen((changed) => changed.has('alarms') && void awaited.look());
  const delay = monitorEventLoopDelay({ resolution: 1 });
  setTimeout(() => delay.enable(), warmUpMs);
  const cpu = process.cpuUsage();
  const driven = await drive(system.log, new FleetLoad(Number(values.servers)), awaited);
  delay.disable();
  const used = process.cpuUsage(cpu);
  for (const until = Date.now() + patienceMs; awaited.waiting.size > 0 && Date.now() < until; await pause(100)) {
    await awaited.look();
  }
  report({ driven, awaited, delay, rules: rules.length, cpuSeconds: (used.user + used.system) / 1e6 });
  await system.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}

function report({ driven, awaited, delay, rules, cpuSeconds }) {
  const measured = awaited.latencies.filter(({ at }) => at - driven.begun >= warmUpMs).map(({ ms }) => ms);
  const sorted = measured.sort((a, b) => a - b);
  console.log(
    `${values.engine}: Node ${process.version}, ${cpus().length} CPUs, load ${loadavg()[0].toFixed(1)}; ` +
      `${values.servers} servers, ${rules} rules, ${rate} events/s for ${values.seconds} s after ${values['warm-up']} s\n`,
  );
  console.log(
    `${driven.made} events appended, ${driven.failed} refused; the driver was at most ${ms(driven.worstLag)} late`,
  );
  console.log(`${sorted.length} alarms raised or cleared, ${awaited.waiting.size} of them never seen`);
  console.log(`until the alarm stands in the view: ${percentiles(sorted)}`);
  console.log(`until append resolves: ${percentiles(driven.acknowledged.sort((a, b) => a - b))}`);
  console.log(`event loop delay p50 ${ms(delay.percentile(50) / 1e6)}, p99 ${ms(delay.percentile(99) / 1e6)}`);
  console.log(`processor: ${((cpuSeconds * 1e6) / driven.made).toFixed(0)} µs an event\n`);
  histogram(sorted);
}

function percentiles(sorted) {
  const at = (share) => ms(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
  return `p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, most ${at(1)}`;
}

function ms(value) {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

/** Buckets that grow by half of a doubling. */
function histogram(sorted) {
  const buckets = new Map();
  for (const value of sorted) {
    const step = Math.floor(Math.log2(Math.max(1, value)) * 2);
    buckets.set(step, (buckets.get(step) ?? 0) + 1);
  }
  const largest = Math.max(...buckets.values());
  const steps = [...buckets.keys()];
  for (let step = Math.min(...steps); step <= Math.max(...steps); step++) {
    const count = buckets.get(step) ?? 0;
    const [from, to] = [step, step + 1].map((edge) => (2 ** (edge / 2)).toFixed(0).padStart(5));
    const bar = '#'.repeat(Math.ceil((count / largest) * 50));
    console.log(`${from} to ${to} ms ${String(count).padStart(6)} ${bar}`);
  }
}

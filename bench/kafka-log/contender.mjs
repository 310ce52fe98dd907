// One contender in its own process; the bench starts it, and is told what each pass took.
import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Session } from 'node:inspector/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { FleetLoad } from '../latency/fleet-load.mjs';
import { bareKafkajs } from './bare-kafkajs.mjs';
import { fullEngine, plainEngine } from './engine.mjs';
import { processorSeconds } from './processor-time.mjs';

const contenders = { bare: bareKafkajs, plain: plainEngine, full: fullEngine };
const { contender, name, callers, events, servers, profileFolder } = JSON.parse(process.argv[2]);
Logger.overrideLogger(['warn', 'error']);
const load = new FleetLoad(1000);
const warmUp = Math.ceil(events / 10);
const passes = {};

/** So many are made before the clock runs, and then appended again and again: a heap full of them would cost time of its own. */
const distinctEvents = 10_000;
const premade = Array.from({ length: distinctEvents }, () => load.next(Date.now()).event);
let turn = 0;

/** The next event, under its own id. */
function nextEvent() {
  return { ...premade[turn++ % distinctEvents], id: randomUUID() };
}

/**
 * Runs a pass of `events` events, and notes what it took: seconds, those until the last append was acknowledged, and those of
 * each processor that took part.
 */
async function measure(pass, work) {
  const stopProfile = profileFolder
    ? await startProfile(join(profileFolder, `${contender}-${pass}-${callers}.cpuprofile`))
    : null;
  const before = processorsNow();
  const begun = performance.now();
  let acknowledgedAt = null;
  await work(() => (acknowledgedAt = performance.now()));
  const endedAt = performance.now();
  const after = processorsNow();
  await stopProfile?.();
  passes[pass] = {
    seconds: (endedAt - begun) / 1000,
    acknowledgedSeconds: ((acknowledgedAt ?? endedAt) - begun) / 1000,
    processors: Object.fromEntries(Object.entries(after).map(([who, seconds]) => [who, seconds - before[who]])),
  };
}

function processorsNow() {
  const { user, system } = process.cpuUsage();
  const others = Object.entries(servers).map(([who, pid]) => [who, processorSeconds(pid)]);
  return { node: (user + system) / 1e6, ...Object.fromEntries(others) };
}

/** As `node --cpu-prof` does, but only while a pass runs. */
async function startProfile(file) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 500 });
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    await writeFile(file, JSON.stringify(profile));
  };
}

await contenders[contender]({ name, callers, nextEvent, events, warmUp, measure });
process.send(passes, () => process.disconnect());

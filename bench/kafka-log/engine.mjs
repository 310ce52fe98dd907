// The engine: with nobody but a subscription that counts, and with everything on.
import { setTimeout as pause } from 'node:timers/promises';
import { eventTypes } from '../../dist/src/all.events.js';
import { openKafkaLog } from '../../dist/src/event-log/kafka-log.adapter.js';
import { systemClock } from '../../dist/src/shared/clock.adapter.js';
import { ruleDefinitions } from '../latency/fleet-load.mjs';
import { openLog, openSystem, partitions } from '../system.mjs';

/** The log, its archive, and one subscription. @param passes see contender.mjs */
export async function plainEngine({ name, callers, makeEvents, events, warmUp, measure }) {
  const alone = await openAppender(name);
  await appendAll(alone, makeEvents(warmUp), callers);
  const first = makeEvents(events);
  await measure('append', () => appendAll(alone, first, callers));
  await alone.close();

  const closers = [];
  const opened = { add: (close) => closers.unshift(close) };
  const { log, store } = await openLog({ engine: 'kafka', folder: '', name, opened });
  const counter = countAll(log, store);
  while (log.partitions().length < partitions) await pause(1);
  await measure('consume', () => counter.seen(warmUp + events));
  const second = makeEvents(events);
  await measure('both', async (acknowledged) => {
    await appendAll(log, second, callers);
    acknowledged();
    await counter.seen(warmUp + 2 * events);
  });
  for (const close of closers) await close();
}

/** All views, a thousand rules, notifications and the outbox, as the latency bench has them. */
export async function fullEngine({ name, callers, makeEvents, events, warmUp, measure }) {
  const { log, deciders, views, close } = await openSystem({ engine: 'kafka', folder: '', name });
  const caughtUp = async () => {
    await deciders.caughtUp();
    await views.caughtUp();
  };
  while (log.partitions().length < partitions) await pause(10);
  await log.append(ruleDefinitions(Date.now()));
  await appendAll(log, makeEvents(warmUp), callers);
  await caughtUp();
  const measured = makeEvents(events);
  await measure('both', async (acknowledged) => {
    await appendAll(log, measured, callers);
    acknowledged();
    await caughtUp();
  });
  await close();
}

/** A process that takes no share in what follows the log, such as one that only feeds it. */
function openAppender(name) {
  return openKafkaLog({
    kafka: { brokers: process.env.KAFKA_BROKERS.split(','), topic: name, partitions },
    archive: { url: process.env.DATABASE_URL, schema: `${name}_log` },
    ...{ clock: systemClock, eventTypes, intake: false },
  });
}

/** Each caller appends one event, waits until it is durable, and takes the next. */
async function appendAll(log, events, callers) {
  let next = 0;
  const caller = async () => {
    while (next < events.length) await log.append([events[next++]]);
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

function countAll(log, store) {
  let count = 0;
  let awaited = { count: Number.POSITIVE_INFINITY, resolve: () => {} };
  log.subscribe({
    ...{ name: 'count', checkpoints: store },
    handle: async (batch) => {
      count += batch.length;
      if (count >= awaited.count) awaited.resolve();
    },
  });
  const seen = (total) =>
    new Promise((resolve) => {
      awaited = { count: total, resolve };
      if (count >= total) resolve();
    });
  return { seen };
}

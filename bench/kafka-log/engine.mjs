// The engine: with no one but a subscription that counts, and with everything on.
import { setTimeout as pause } from 'node:timers/promises';
import { eventTypes } from '../../dist/src/capabilities.js';
import { openKafkaLog } from '../../dist/src/event-log/kafka/kafka-log.adapter.js';
import { systemClock } from '../../dist/src/shared/clock.adapter.js';
import { ruleDefinitions } from '../latency/fleet-load.mjs';
import { openLog, openSystem, partitions } from '../system.mjs';

/** The log, its archive, and one subscription. @param passes see contender.mjs */
export async function plainEngine({ name, callers, nextEvent, events, warmUp, measure }) {
  const alone = await openAppender(name);
  await appendAll(alone, { count: warmUp, nextEvent, callers });
  await measure('append', () => appendAll(alone, { count: events, nextEvent, callers }));
  await alone.close();

  const closers = [];
  const opened = { add: (close) => closers.unshift(close) };
  const { log, store } = await openLog({ engine: 'kafka', folder: '', name, opened });
  const counter = countAll(log, store);
  while (log.partitions().length < partitions) await pause(1);
  await measure('consume', () => counter.seen(warmUp + events));
  await measure('both', async (acknowledged) => {
    await appendAll(log, { count: events, nextEvent, callers });
    acknowledged();
    await counter.seen(warmUp + 2 * events);
  });
  for (const close of closers) await close();
}

/** All views, a thousand rules, notifications and the outbox, as the latency bench has them. */
export async function fullEngine({ name, callers, nextEvent, events, warmUp, measure }) {
  const { log, deciders, views, close } = await openSystem({ engine: 'kafka', folder: '', name });
  const caughtUp = async () => {
    await deciders.caughtUp();
    await views.caughtUp();
  };
  while (log.partitions().length < partitions) await pause(10);
  await log.append(ruleDefinitions(Date.now()));
  await appendAll(log, { count: warmUp, nextEvent, callers });
  await caughtUp();
  await measure('both', async (acknowledged) => {
    await appendAll(log, { count: events, nextEvent, callers });
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
async function appendAll(log, { count, nextEvent, callers }) {
  let begun = 0;
  const caller = async () => {
    while (begun++ < count) await log.append([nextEvent()]);
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

// Lets the writer thread of an event log die in the middle of its work, and prints what became of everything.
import Database from '#sqlite';
import { eventTypes } from '../../dist/src/capabilities.js';
import { openSqliteLog } from '../../dist/src/event-log/sqlite/sqlite-log.adapter.js';
import { fact } from '../../dist/src/event-log/statement.js';
import { serverRetired } from '../../dist/src/servers/servers.events.js';
import { systemClock } from '../../dist/src/shared/clock.adapter.js';

const threads = [];
process.on('worker', (thread) => threads.push(thread));

const source = '/sites/north-street/servers/reception';
const numbered = (number) =>
  fact(serverRetired, {
    source,
    subject: `${source}/${number}`,
    partitionkey: source,
    now: Date.now(),
    data: { site: 'north-street', server: 'reception' },
  });
const outcome = (append) =>
  append.then(
    () => 'stored',
    (error) => error.code,
  );

const log = await openSqliteLog({ file: process.argv[2], clock: systemClock, eventTypes });
await log.append([numbered(1)]);
const second = numbered(2);
const holder = new Database(process.argv[2]);
holder.exec('BEGIN IMMEDIATE'); // so that the thread cannot be done before it dies
const inHand = outcome(log.append([second]));
await new Promise((resolve) => setTimeout(resolve, 100)); // now the thread has it
threads[0].terminate();
holder.exec('COMMIT');
const waiting = outcome(log.append([numbered(3)]));
const result = { inHand: await inHand, waiting: await waiting };
result.repeated = await outcome(log.append([second]));
await log.append([numbered(4)]);
const found = [];
for await (const batch of log.read({})) found.push(...batch.map(({ event }) => event));
result.numbers = found.map(({ subject }) => Number(subject.split('/').at(-1))).sort();
result.sequences = found.map(({ sequence }) => Number(sequence));
await log.close();
process.stdout.write(JSON.stringify(result));

// Appends without end: the contract suite kills it. Started with the path of a module whose `openLog(place)` opens the log,
// and the place. Prints "<server> <number> <id>" for each event that the log acknowledged.
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { fact } from '../../dist/src/event-log/statement.js';
import { checkupCompleted } from '../../dist/src/checkups/checkups.events.js';

const [, , engineModule, place] = process.argv;
const { openLog } = await import(pathToFileURL(engineModule).href);
const log = await openLog(place);

/** The check-up's duration carries the number that the checks look at. */
function numbered(server, number) {
  const source = `/sites/north-street/servers/${server}`;
  return fact(checkupCompleted, {
    source,
    subject: `${source}/checkups/disk`,
    partitionkey: source,
    now: Date.now(),
    data: {
      site: 'north-street',
      server,
      checkup: 'disk',
      plugin: 'disk-space',
      status: 'ok',
      summary: '/ has 61 % free',
      details: '',
      metrics: [],
      durationMs: number,
      trigger: 'timetable',
    },
  });
}

async function appendForEver(server) {
  let next = 1;
  for await (const batch of log.read({ partitionkey: `/sites/north-street/servers/${server}` })) {
    for (const { event } of batch) next = event.data.durationMs + 1;
  }
  for (;;) {
    // Some alone, some several at once, so that a kill can fall between the parts of one call.
    const events = Array.from({ length: 1 + (next % 3) }, (_, index) => numbered(server, next + index));
    await log.append(events);
    for (const event of events) writeSync(1, `${server} ${event.data.durationMs} ${event.id}\n`);
    next += events.length;
  }
}

await Promise.all(['reception', 'x-ray', 'records', 'dentist'].map(appendForEver));

// One life of a whole Wardround that the test kills. Started with a JSON text: { configFile, dataFolder, work, servers,
// recordsFile, recordsFolder, burst }. With `work` it appends, backs up and changes what is backed up, without end; `burst`
// events come at once besides, more than the views fold in that moment.
//
// Prints, each line at once: "ready <url>", "acknowledged <server> <number> <id>" for what the log took, "burst" when the
// burst is in the log, and "event <type> <step>" for what is handed over of runs and messages. Ends when its input does.
import Database from '#sqlite';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { theSystem } from '../../dist/src/access/principal.js';
import { BackupsService } from '../../dist/src/backups/backups.service.js';
import { checkupCompleted } from '../../dist/src/checkups/checkups.events.js';
import { EVENT_LOG } from '../../dist/src/event-log/event-log.js';
import { fact } from '../../dist/src/event-log/statement.js';
import { openWardround } from '../../dist/src/main.js';

const orders = JSON.parse(process.argv[2] ?? '{}');
const { configFile, dataFolder, work, servers, recordsFile, recordsFolder, burst } = orders;
// Where a pipe is not written at once (Windows), a kill takes the last lines along: then a little less is known here.
const say = (line) => process.stdout.write(`${line}\n`);

const wardround = await openWardround({ configFile, dataFolder, port: 0, attended: true });
const log = wardround.app.get(EVENT_LOG);
const backups = wardround.app.get(BackupsService);
let ending = false;

/** A result as a check-up would have it. Its metric `wave` runs from 0 to 99 and over again; a rule looks at it. */
function numbered(server, number) {
  const key = `/sites/main/servers/${server}`;
  return fact(checkupCompleted, {
    source: key,
    subject: `${key}/checkups/probe`,
    partitionkey: key,
    now: Date.now(),
    data: {
      ...{ site: 'main', server, checkup: 'probe', plugin: 'load', status: 'ok', summary: `number ${number}` },
      ...{ details: '', metrics: [{ name: 'wave', value: number % 100, unit: '' }], durationMs: number },
      trigger: 'timetable',
    },
  });
}

async function append(server, numbers) {
  const events = numbers.map((number) => numbered(server, number));
  await log.append(events);
  say(events.map(({ id, data }) => `acknowledged ${server} ${data.durationMs} ${id}`).join('\n'));
}

async function appendForEver(server) {
  let next = 1;
  for await (const batch of log.read({ partitionkey: `/sites/main/servers/${server}`, types: ['checkup.completed'] })) {
    for (const { event } of batch) next = event.data.durationMs + 1;
  }
  const take = (count) => Array.from({ length: count }, () => next++);
  if (burst > 0) {
    await Promise.all([append(server, take(burst)), append(server, take(burst))]);
    say('burst');
  }
  while (!ending) {
    await append(server, take(1 + (next % 3))); // a kill can fall between the parts of one call
    await pause(20);
  }
}

async function backUpForEver() {
  for (let round = 0; !ending; round++) {
    for (const name of ['a.txt', 'b.txt', 'c.txt'])
      await writeFile(join(recordsFolder, name), `${Date.now()} ${round}`);
    const { runId } = await backups.start(theSystem, 'records', { trigger: 'person', plannedFor: null, actor: 'api' });
    await backups.ended(runId);
  }
}

async function recordForEver() {
  const records = new Database(recordsFile);
  const insert = records.prepare('INSERT INTO visits (note) VALUES (?)');
  while (!ending) {
    insert.run('x'.repeat(200));
    await pause(10);
  }
  records.close();
}

/** Says what the log hands over, so that a kill can be aimed at a step. */
function tellSteps() {
  const types = ['backup.started', 'backup.progressed', 'backup.verified', 'backup.completed', 'message.decided'];
  const nowhere = { load: () => log.head(), commit: (_name, _from, _to, handle) => handle().then(() => true) };
  const handle = async (batch) => {
    for (const { event } of batch) say(`event ${event.type} ${event.data.step ?? event.data.destination ?? ''}`);
  };
  return log.subscribe({ name: 'steps', types, checkpoints: nowhere, handle });
}

const steps = tellSteps();
say(`ready ${wardround.url}`);
process.stdin.resume().once('end', () => (ending = true));
const loops = work ? [...servers.map(appendForEver), backUpForEver(), recordForEver()] : [];
await Promise.all([...loops, new Promise((resolve) => process.stdin.once('end', resolve))]);
await steps.stop();
await wardround.close();

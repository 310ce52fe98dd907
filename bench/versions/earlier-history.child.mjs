// Appends the made-up history with another program, the one that is being compared with: to its log, by its engines, as its
// own versions of the events. Started with a JSON text: { program, folder, settings, events }. Prints how many it appended.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { clinicHistory } from '../replay/clinic-history.mjs';

const { program, folder, settings, events } = JSON.parse(process.argv[2]);
const of = (path) => import(pathToFileURL(join(program, 'dist', 'src', path)).href);
const { openEngines } = await of('engines.adapter.js');
const { systemClock } = await of('shared/clock.adapter.js');
const { eventTypes } = await of('capabilities.js').catch(() => of('all.events.js'));
const versions = new Map(eventTypes.all.map(({ type, version }) => [type, version]));

const closers = [];
const { log } = await openEngines(settings, {
  ...{ dataFolder: folder, clock: systemClock, opened: { add: (close) => closers.unshift(close) } },
  references: async ({ name }) => process.env[name] ?? null,
});
let appended = 0;
let batch = [];
for (const some of clinicHistory(events)) {
  batch.push(...some.map(asStatedThen));
  if (batch.length < 2_000) continue;
  appended += (await log.append(batch)).length;
  batch = [];
}
appended += (await log.append(batch)).length;
await archived();
for (const close of closers) await close();
process.stdout.write(`${appended}\n`);

/** What has come since is left out, or has the form that it had. */
function asStatedThen(event) {
  const version = versions.get(event.type);
  if (event.dataschema.endsWith(`:v${version}`)) return event;
  return { ...event, dataschema: event.dataschema.replace(/v\d+$/, `v${version}`), data: earlierForm(event) };
}

function earlierForm({ type, data: { managedBy, ...data } }) {
  if (type !== 'message.decided') return data;
  return { ...data, about: data.about.map(({ kind, ref }) => ({ kind, ...ref })) };
}

/** Resolves when a fleet's archive has it all. */
async function archived() {
  for (;;) {
    try {
      return await log.head();
    } catch (error) {
      if (error.code !== 'unreachable') throw error;
    }
  }
}

// A log that an earlier program wrote, folded and rebuilt by that program and by this one: are the views equal, row by row?
// node bench/versions/rows.bench.mjs --against <built checkout> [--events 1000000] [--engine sqlite|kafka]   (after npm run build)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { viewTables } from '../../dist/src/capabilities.js';
import { definitionsOfHistory } from '../replay/clinic-history.mjs';
import { fleetServers, fleetSettings, machineSettings, newName } from '../system.mjs';
import { comparePostgres, compareSqlite, keepPostgres, keepSqlite } from './compare-tables.mjs';
import { Program } from './program.mjs';

const { values } = parseArgs({
  options: {
    against: { type: 'string' },
    events: { type: 'string', default: '1000000' },
    engine: { type: 'string', default: 'sqlite' },
  },
});
if (!values.against) throw new Error('--against is missing: the folder of an earlier program, built');

const here = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'wardround-versions-'));
const data = join(folder, 'data');
const name = newName();
const isFleet = values.engine === 'kafka';
const closers = [() => rmSync(folder, { recursive: true })];
try {
  if (isFleet) await fleetServers({ add: (close) => closers.unshift(close) });
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  for (const close of closers) await close();
}

async function run() {
  mkdirSync(data, { mode: 0o700 });
  const settings = isFleet ? fleetSettings(name) : machineSettings;
  writeFileSync(join(folder, 'wardround.yaml'), JSON.stringify({ ...settings, ...definitionsOfHistory() }));
  const events = timed('appended by the earlier program', () => writeHistory(settings));
  console.log(`${events.trim().split('\n').at(-1)} events`); // the Kafka client prints before it
  await rebuild('the earlier program', values.against);
  if (isFleet) await keepPostgres(name, viewNames());
  else keepSqlite(data);
  await rebuild('this program', here);
  const tables = isFleet ? await comparePostgres(name, viewNames()) : compareSqlite(data, viewNames());
  return tell(tables);
}

function viewNames() {
  return viewTables.map(({ options }) => options.name);
}

function writeHistory(settings) {
  const child = fileURLToPath(new URL('earlier-history.child.mjs', import.meta.url));
  const order = { program: values.against, folder: data, settings, events: Number(values.events) };
  return execFileSync(process.execPath, [child, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  }).toString();
}

/** The views are folded when it opens, migrated or from nothing, and then rebuilt. */
async function rebuild(who, root) {
  const begun = performance.now();
  const program = new Program(root, folder);
  // Without an event log in its data folder a command wants to have been started once.
  if (isFleet) await (await program.start()).stop();
  const printed = await program.run('views', 'rebuild');
  console.log(`folded and rebuilt by ${who}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  console.log(printed.replaceAll(/^/gm, '  ').trimEnd());
}

function tell(tables) {
  let otherwise = 0;
  for (const { table, rows, columns, onlyBefore, onlyNow, lost, added, examples } of tables) {
    otherwise += lost + added;
    console.log(`${table}: ${rows} rows, ${columns} columns in both; only before ${lost}, only now ${added}`);
    if (onlyBefore.length > 0) console.log(`  columns only before: ${onlyBefore.join(', ')}`);
    if (onlyNow.length > 0) console.log(`  columns only now: ${onlyNow.join(', ')}`);
    for (const example of examples) console.log(`  ${JSON.stringify(example)}`);
  }
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  console.log(`${rows} rows in ${tables.length} tables, ${otherwise} otherwise`);
  return otherwise === 0;
}

function timed(what, work) {
  const begun = performance.now();
  const result = work();
  console.log(`${what}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return result;
}

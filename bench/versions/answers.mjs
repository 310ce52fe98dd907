// A data folder, or a fleet, in which an earlier program worked: do its alarms, the API's answers and the pages of the board
// look the same once this program has started on it?
// node bench/versions/answers.mjs --against <built checkout> [--engine sqlite|kafka] [--keep]   (after npm run build)
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fleetServers, fleetSettings, machineSettings, newName } from '../system.mjs';
import { differences } from './differences.mjs';
import { clinic, fillClinic } from './clinic.mjs';
import { Program } from './program.mjs';
import { lookedAt } from './looked-at.mjs';

const { values } = parseArgs({
  options: {
    against: { type: 'string' },
    engine: { type: 'string', default: 'sqlite' },
    keep: { type: 'boolean', default: false },
  },
});
if (!values.against) throw new Error('--against is missing: the folder of an earlier program, built');

const here = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'wardround-versions-'));
const isFleet = values.engine === 'kafka';
const closers = values.keep ? [] : [() => rmSync(folder, { recursive: true })];
try {
  if (isFleet) await fleetServers({ add: (close) => closers.unshift(close) });
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  for (const close of closers) await close();
}

async function run() {
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  const settings = isFleet ? fleetSettings(newName()) : machineSettings;
  writeFileSync(join(folder, 'wardround.yaml'), JSON.stringify({ ...settings, ...clinic(folder, isFleet) }));
  const earlier = await new Program(values.against, folder).start();
  await fillClinic(earlier, folder, isFleet);
  const before = await lookedAt(earlier);
  await earlier.stop();
  const today = await new Program(here, folder).start();
  const now = await lookedAt(today, Object.keys(before));
  await today.stop();
  const found = Object.keys(before).flatMap((address) => differences(address, before[address], now[address]));
  const unnamed = found.filter(({ why }) => why === null);
  for (const { where, before: was, now: is } of unnamed) console.log(`${where}\n  before ${was}\n  now    ${is}`);
  for (const [why, count] of counted(found.flatMap(({ why }) => why ?? [])))
    console.log(`on purpose, ${count}: ${why}`);
  const { length } = Object.keys(before);
  console.log(`${length} addresses looked at, ${unnamed.length} differences that are not on purpose`);
  if (values.keep) console.log(`kept in ${folder}`);
  return unnamed.length === 0;
}

function counted(texts) {
  return texts.reduce((counts, text) => counts.set(text, (counts.get(text) ?? 0) + 1), new Map());
}

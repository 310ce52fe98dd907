// A full first backup of 20,000 files, 2 GB: our engine (copy, put on disk, read back and compare, name) against
// `rsync -a` followed by `rsync -acn`. Run it after `npm run build`:
//
//   node bench/backup/backup.bench.mjs [--small] [--rounds 5] [--in <folder>]
//
// Both go into an empty folder of the same file system, in turns; before each turn everything is synced. rsync does not put
// anything on disk, so a third kind of turn adds the `sync -f` that makes its copy as durable as ours.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeSnapshot, verifySnapshot } from '../../dist/plugins/sdk/index.js';

const { values } = parseArgs({
  options: { small: { type: 'boolean' }, rounds: { type: 'string', default: '5' }, in: { type: 'string' } },
});
const rounds = Math.max(3, Number(values.rounds));
const files = values.small ? 1_000 : 20_000;
const bytes = values.small ? 100e6 : 2e9;

if (spawnSync('rsync', ['--version']).error) {
  console.error('rsync is not installed, so there is nothing to compare with');
  process.exit(1);
}

/** The same sizes in each run: most files small, some large, as in office folders; they add up to `bytes`. */
function sizesOf(count, total) {
  let state = 1;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const raw = Array.from({ length: count }, () => Math.exp(random() * 9));
  const scale = total / raw.reduce((sum, size) => sum + size, 0);
  return raw.map((size) => Math.round(size * scale));
}

function makeTree(top) {
  const noise = Buffer.alloc(32 * 1024 * 1024);
  for (let index = 0, state = 7; index < noise.length; index += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    noise.writeInt32LE(state, index);
  }
  sizesOf(files, bytes).forEach((size, index) => {
    const folder = join(top, `folder-${index % 40}`, `sub-${Math.floor(index / 40) % 25}`);
    mkdirSync(folder, { recursive: true });
    const start = (index * 4_099) % (noise.length - Math.min(size, noise.length - 1));
    writeFileSync(join(folder, `file-${index}`), noise.subarray(start, start + size));
  });
}

const work = mkdtempSync(join(values.in ?? tmpdir(), 'wardround-bench-'));
const live = join(work, 'live');
makeTree(live);

async function ours(target) {
  const address = { root: target, job: 'bench', name: '2026-11-22T02-00-00Z' };
  const trees = [{ path: live, as: '', recursive: true, exclude: [], owned: false }];
  const origin = { server: 'bench', runId: 'bench' };
  const made = await makeSnapshot({ ...address, origin, sources: [{ source: 'live', trees }] });
  await verifySnapshot(address);
  if (made.files !== files) throw new Error(`copied ${made.files} files, not ${files}`);
}

function rsync(target) {
  execFileSync('rsync', ['-a', `${live}/`, `${target}/`]);
  const differences = execFileSync('rsync', ['-acni', `${live}/`, `${target}/`]).toString();
  if (differences !== '') throw new Error(`rsync found differences: ${differences}`);
}

const contenders = {
  wardround: ours,
  'rsync -a, rsync -acn': rsync,
  'the same and sync -f': (target) => {
    rsync(target);
    execFileSync('sync', ['-f', target]);
  },
};

async function timed(contender) {
  const target = join(work, 'target');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  execFileSync('sync');
  const start = performance.now();
  await contender(target);
  return (performance.now() - start) / 1000;
}

const seconds = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
try {
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, contender] of Object.entries(contenders)) {
      const taken = await timed(contender);
      seconds[name].push(taken);
      console.error(`round ${round}: ${name}: ${taken.toFixed(2)} s`);
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const own = median(seconds.wardround);
const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
console.log(
  `${files} files, ${(bytes / 1e9).toFixed(1)} GB, full first backup with verification, ${rounds} rounds in turns, ${machine}\n`,
);
console.log('| | median | range | wardround takes |');
console.log('| --- | --- | --- | --- |');
for (const [name, taken] of Object.entries(seconds)) {
  const range = `${Math.min(...taken).toFixed(2)} to ${Math.max(...taken).toFixed(2)} s`;
  console.log(
    `| ${name} | ${median(taken).toFixed(2)} s | ${range} | ${(own / median(taken)).toFixed(2)} times as long |`,
  );
}

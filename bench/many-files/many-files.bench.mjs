// Memory of the file engine over the number of files: a local copy, a further copy of it, both read back, and removed, for many
// empty files and for few. Each count runs in a process of its own, as a plugin does. Run it after `npm run build`:
//
//   node bench/many-files/many-files.bench.mjs [--files 10000,600000] [--heap 1024] [--live <folder>] [--steps make,verify,copy,verify-copy,remove]
//
// `--live` names a folder that is backed up as it is, in place of one that is made.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000,600000' },
    heap: { type: 'string', default: '1024' },
    live: { type: 'string' },
    steps: { type: 'string', default: 'make,verify,copy,verify-copy,remove' },
    child: { type: 'string' },
  },
});
const filesOfFolder = 1000;

/** The most that this process has held so far, in MB. */
function peakMb() {
  const [, kb] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Math.round(Number(kb) / 1024);
}

async function measure(live, work) {
  const { copySnapshot, makeSnapshot, removeSnapshot, verifySnapshot } =
    await import('../../dist/plugins/sdk/index.js');
  const local = { root: join(work, 'local'), job: 'bench', name: '2026-11-22T02-00-00Z' };
  const copy = { ...local, root: join(work, 'copy') };
  const trees = [{ path: live, as: '', recursive: true, exclude: [], owned: false }];
  const steps = {
    make: () =>
      makeSnapshot({ ...local, origin: { server: 'bench', runId: 'bench' }, sources: [{ source: 'live', trees }] }),
    verify: () => verifySnapshot(local),
    copy: () => copySnapshot({ ...copy, from: join(local.root, local.job, local.name) }),
    'verify-copy': () => verifySnapshot(copy),
    remove: () => Promise.all([removeSnapshot(local), removeSnapshot(copy)]),
  };
  for (const name of values.steps.split(',')) {
    const began = performance.now();
    await steps[name]();
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    process.stderr.write(`  ${name.padEnd(12)} ${seconds.padStart(7)} s   peak ${peakMb()} MB\n`);
  }
  process.stdout.write(String(peakMb()));
  process.exit(0);
}

function makeFiles(top, count) {
  for (let index = 0; index < count; index++) {
    const folder = join(top, `folder-${Math.floor(index / filesOfFolder)}`);
    if (index % filesOfFolder === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${index}`), '');
  }
}

if (values.child !== undefined) await measure(values.live, values.child);
const self = fileURLToPath(import.meta.url);
let first = null;
for (const count of values.files.split(',').map(Number)) {
  const work = mkdtempSync(join(tmpdir(), 'wardround-bench-'));
  const live = values.live ?? join(work, 'live');
  if (values.live === undefined) makeFiles(live, count);
  const args = [`--max-old-space-size=${values.heap}`, self, '--live', live, '--child', work, '--steps', values.steps];
  console.log(`${count} files`);
  const { status, stdout } = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${count} files: ended with ${status}`);
  const peak = Number(stdout);
  first ??= peak;
  console.log(`  peak ${peak} MB, ${peak - first} MB above the first count`);
  rmSync(work, { recursive: true, force: true });
}

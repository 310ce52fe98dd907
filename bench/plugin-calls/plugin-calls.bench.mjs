// How long a check-up's call takes, and how long a small job's run, from the request to its recorded end, of this build and of
// another one (`--against <its package folder>`), in turns.
// node bench/plugin-calls/plugin-calls.bench.mjs [--against ../before] [--rounds 11]     (after npm run build)
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { against: { type: 'string' }, rounds: { type: 'string', default: '11' } } });
const rounds = Number(values.rounds);
const here = fileURLToPath(new URL('../..', import.meta.url));
const builds = { ...(values.against ? { before: resolve(values.against) } : {}), now: here };
const root = await mkdtemp(join(tmpdir(), 'wardround-plugin-calls-'));

async function open(name, packageFolder) {
  const folder = join(root, name);
  await mkdir(join(folder, 'records'), { recursive: true });
  for (let file = 0; file < 5; file++) await writeFile(join(folder, 'records', `letter-${file}`), 'Dear patient');
  const configuration = {
    servers: [{ name: 'reception', title: 'Reception' }],
    backups: [
      {
        name: 'records',
        sources: [{ name: 'files', plugin: 'folder', parameters: { paths: [join(folder, 'records')] } }],
        localCopy: { path: join(folder, 'local') },
        copies: [{ name: 'drive', plugin: 'folder', parameters: { path: join(folder, 'drive') } }],
        keep: { days: 1, atLeast: 1 },
      },
    ],
  };
  const configFile = join(folder, 'wardround.yaml');
  await writeFile(configFile, JSON.stringify(configuration));
  const module = (file) => import(pathToFileURL(join(packageFolder, 'dist/src', file)).href);
  const { openWardround } = await module('main.js');
  const dataFolder = join(folder, 'data');
  const ward = await openWardround({ configFile, dataFolder, port: 0, attended: true });
  const { openPluginHost } = await module('plugin-host/plugin-host.adapter.js');
  const pluginsFolder = join(packageFolder, 'dist/plugins');
  const host = await openPluginHost({ pluginsFolder, resolveReference: () => null });
  const { readProcessFile } = await module('process/folder-lock.adapter.js');
  return { ward, host, token: readProcessFile(dataFolder)?.token ?? '' };
}

async function checkup({ host }) {
  const begun = performance.now();
  await host.call({
    kind: 'checkup',
    plugin: 'memory',
    operation: 'run',
    parameters: {},
    input: {},
    timeoutMs: 60_000,
  });
  return performance.now() - begun;
}

async function run({ ward, token }) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const begun = performance.now();
  const started = await fetch(new URL('/api/v1/jobs/records/runs', ward.url), { method: 'POST', headers, body: '{}' });
  const { runId } = await started.json();
  for (;;) {
    const { outcome } = await (await fetch(new URL(`/api/v1/runs/${runId}`, ward.url), { headers })).json();
    if (outcome !== undefined && outcome !== 'running') {
      if (!outcome.startsWith('succeeded')) throw new Error(`the run ended as ${outcome}`);
      return performance.now() - begun;
    }
    await pause(10);
  }
}

const median = (times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];

const opened = {};
try {
  for (const [name, folder] of Object.entries(builds)) opened[name] = await open(name, folder);
  const times = Object.fromEntries(Object.keys(builds).map((name) => [name, { checkup: [], run: [] }]));
  for (const build of Object.values(opened)) await run(build);
  for (let round = 0; round < rounds; round++) {
    for (const [name, build] of Object.entries(opened)) {
      times[name].checkup.push(await checkup(build));
      await pause(1_000); // A run has its time as its name, in seconds.
      times[name].run.push(await run(build));
    }
  }
  console.log(
    `Node ${process.version}, ${cpus().length} CPUs, load ${loadavg()[0].toFixed(1)}, medians of ${rounds}\n`,
  );
  console.log('| build | a check-up | a small run |\n|---|--:|--:|');
  for (const [name, of] of Object.entries(times)) {
    console.log(`| ${name} | ${median(of.checkup).toFixed(0)} ms | ${(median(of.run) / 1000).toFixed(2)} s |`);
  }
} finally {
  for (const { ward, host } of Object.values(opened)) await Promise.allSettled([ward.close(), host.close()]);
  await rm(root, { recursive: true, force: true });
}

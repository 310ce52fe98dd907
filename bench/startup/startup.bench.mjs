// From the start of the process to the first good answer of /healthz, and its memory after ten idle seconds, of Wardround as
// it is shipped against a bare Nest application with Fastify.
// node bench/startup/startup.bench.mjs [--rounds 7] [--idle 10]     (after npm run build; POSIX, for `ps`)
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, idle: { type: 'string', default: '10' } },
});
const rounds = Number(values.rounds);
const path = (file) => fileURLToPath(new URL(file, import.meta.url));

const dataFolder = await mkdtemp(join(tmpdir(), 'wardround-startup-'));
const programs = {
  'bare Nest': (port) => [path('./bare-nest.mjs'), String(port)],
  // With the flag that `npm start` has.
  Wardround: (port) => [
    ...['--max-semi-space-size=2', path('../../dist/program/wardround.js')],
    ...['start', '--config', path('../../wardround.yaml'), '--data', dataFolder, '--port', String(port)],
  ],
};

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function isReady(port) {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/healthz', agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    request.once('error', () => resolve(false));
  });
}

async function residentMb(pid) {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) / 1024;
}

async function measure(program, idleMs) {
  const port = await freePort();
  const begun = performance.now();
  const child = spawn(process.execPath, program(port), { stdio: ['ignore', 'ignore', 'inherit'] });
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    await pause(5);
  }
  const readyMs = performance.now() - begun;
  await pause(idleMs);
  const mb = await residentMb(child.pid);
  child.kill('SIGTERM');
  await once(child, 'exit');
  return { readyMs, mb };
}

const median = (results, name) => {
  const sorted = results.map((result) => result[name]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
};

try {
  // The first start makes the databases and the first backup; what is measured are the starts after it.
  await measure(programs.Wardround, 15_000);
  const results = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, program] of Object.entries(programs)) {
      results[name].push(await measure(program, Number(values.idle) * 1000));
    }
  }
  console.log(
    `Node ${process.version}, ${cpus().length} CPUs, load ${loadavg()[0].toFixed(1)}, medians of ${rounds}\n`,
  );
  console.log('| | ready after | against bare Nest | resident after idling | against bare Nest |');
  console.log('|---|--:|--:|--:|--:|');
  const bare = results['bare Nest'];
  for (const [name, of] of Object.entries(results)) {
    const ready = median(of, 'readyMs');
    const mb = median(of, 'mb');
    const ratios = [ready / median(bare, 'readyMs'), mb / median(bare, 'mb')].map((ratio) => ratio.toFixed(1));
    console.log(`| ${name} | ${(ready / 1000).toFixed(2)} s | ${ratios[0]} | ${mb.toFixed(0)} MB | ${ratios[1]} |`);
  }
} finally {
  await rm(dataFolder, { recursive: true, force: true });
}

// A real PostgreSQL for tests, benches and a look: without Docker, and ending with the process that started it.
// As a command: node test/tools/postgres.mjs [--folder <folder>], until Ctrl-C.
import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import pg from 'pg';
import { freePorts } from './free-ports.mjs';
import { openKeeper, untilReady } from './keeper.mjs';
import { findPostgres, serverUser } from './postgres-programs.mjs';
import { pauseProcesses, processTree, signalIfThere } from './process-tree.mjs';

const startPatienceMs = 60_000;
const stopPatienceMs = 20_000;
const superuser = 'wardround';

/**
 * Starts a server on a free port of 127.0.0.1 that trusts anyone who comes from this computer, and syncs every commit
 * to disk. Without `folder` its data is in a temporary folder that is removed at the end; a folder that was used before
 * is taken up again. `settings` are lines of postgresql.conf. See postgres.d.mts.
 */
export async function startPostgres({ folder, settings = {} } = {}) {
  const bin = await findPostgres();
  const home = folder ? resolve(folder) : mkdtempSync(join(tmpdir(), 'wardround-postgres-'));
  mkdirSync(home, { recursive: true });
  const user = serverUser();
  if ('uid' in user) chownSync(home, user.uid, user.gid);
  const keeper = openKeeper(folder ? {} : { removeAtEnd: home });
  try {
    const data = join(home, 'data');
    if (!existsSync(join(data, 'PG_VERSION'))) await makeDataFolder(bin, home, data, user);
    const [port] = await freePorts(1);
    const server = serverHandle({ bin, keeper, home, data, user, port, settings });
    await server.start();
    return Object.assign(server, {
      async stop() {
        if (folder) await server.kill('SIGINT');
        await keeper.close();
      },
    });
  } catch (error) {
    await keeper.close();
    throw error;
  }
}

/** A data folder has its name only when it is complete: initdb may be killed. */
async function makeDataFolder(bin, home, data, user) {
  const partial = `${data}.partial`;
  rmSync(partial, { recursive: true, force: true });
  const form = ['--auth=trust', `--username=${superuser}`, '--encoding=UTF8', '--no-locale', '--no-sync'];
  await promisify(execFile)(join(bin, 'initdb'), ['-D', partial, ...form], { cwd: home, ...user });
  renameSync(partial, data);
}

function serverHandle({ bin, keeper, home, data, user, port, settings }) {
  const url = `postgres://${superuser}@127.0.0.1:${port}/postgres`;
  const log = join(home, 'postgres.log');
  const asked = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: 200, ...settings };
  let program = null;
  /** Processes that were killed: their shared memory has to be free before a new server takes it. */
  let dying = [];

  return {
    url,
    log,
    get pid() {
      return program.pid;
    },
    alive: () => program?.alive() ?? false,
    async start() {
      if (program?.alive()) return;
      await untilGone(dying);
      program = await keeper.run({
        command: join(bin, 'postgres'),
        args: ['-D', data, ...Object.entries(asked).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
        folder: home,
        user,
        output: log,
        endSignal: 'SIGQUIT',
      });
      const explain = () => 'PostgreSQL did not start.';
      await untilReady({ program, question: () => answers(url), patienceMs: startPatienceMs, explain });
    },
    async kill(signal = 'SIGKILL') {
      if (!program.alive()) return;
      const tree = processTree(program.pid);
      switch (signal) {
        case 'SIGKILL':
          dying = tree;
          for (const pid of tree) signalIfThere(pid, signal);
          await program.exit;
          break;
        // Its workers are processes of their own, and would continue while it is paused.
        case 'SIGSTOP':
          await pauseProcesses(tree);
          break;
        case 'SIGCONT':
          for (const pid of tree) signalIfThere(pid, signal);
          break;
        default:
          await program.end(signal, stopPatienceMs);
      }
    },
  };
}

async function answers(url) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // A connection that breaks while it idles says so in an event, which would end the process; the question fails by itself.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } finally {
    await client.end();
  }
}

/** Waits until these processes are gone, for a few seconds: where no one collects the dead they stay listed. */
async function untilGone(pids) {
  for (let tries = 0; tries < 50 && pids.some((pid) => signalIfThere(pid, 0)); tries++) await pause(100);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { folder: { type: 'string' } } });
  const server = await startPostgres(values);
  console.log(`DATABASE_URL=${server.url}`);
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => void server.stop().then(() => process.exit(0)));
}

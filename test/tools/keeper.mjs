// Starts servers that end with this process, also when it is killed hard: they are children of their own small process
// (keeper.child.mjs), which notices by its closed standard input. Works alike on Linux, macOS and Windows.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { signalIfThere } from './process-tree.mjs';

/**
 * A keeper of servers. `removeAtEnd` is a folder that is removed when it ends. Ended by `close()`, which resolves when all that
 * it started is gone, or with this process.
 */
export function openKeeper({ removeAtEnd } = {}) {
  // Detached: Ctrl-C in a terminal goes to its whole process group, and the servers are to be stopped in order instead.
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('keeper.child.mjs', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    windowsHide: true,
  });
  const gone = new Promise((resolve) => keeper.once('exit', resolve));
  const reports = new Map();
  createInterface({ input: keeper.stdout }).on('line', (line) => {
    const report = JSON.parse(line);
    reports.get(report.key)?.(report);
  });
  // What the keeper could not be told any more is no matter: it has ended, and with it what it kept.
  keeper.stdin.on('error', () => {});
  const tell = (order) => keeper.stdin.write(`${JSON.stringify(order)}\n`);
  if (removeAtEnd) tell({ removeAtEnd });

  let started = 0;
  return {
    /**
     * Starts a program: { command, args, folder, env, user: { uid, gid }, output, endSignal }. `output` is the file that takes what
     * it prints; `endSignal` is how it is ended with this process. Rejects if the program cannot be run.
     */
    async run({ command, args, folder, env = {}, user = {}, output, endSignal = 'SIGKILL' }) {
      const key = `${++started}`;
      let exited;
      const exit = new Promise((resolve) => (exited = resolve));
      void gone.then(() => exited({ code: null, signal: null }));
      const pid = await new Promise((resolve, reject) => {
        void gone.then(() => reject(new Error('the keeper of the test servers has ended')));
        reports.set(key, (report) => {
          if ('pid' in report) resolve(report.pid);
          if ('failed' in report) reject(new Error(`${command} cannot be run: ${report.failed}`));
          if ('exit' in report) exited(report.exit);
        });
        tell({ run: { key, command, args, folder, env, user, output, endSignal } });
      });
      return kept(pid, exit, output);
    },
    async close() {
      keeper.stdin.end();
      await gone;
    },
  };
}

/** A program that runs: its process id, when it ended, and how to end it. */
function kept(pid, exit, output) {
  let ended = null;
  void exit.then((how) => (ended = how));
  return {
    pid,
    exit,
    alive: () => ended === null,
    /** Ends it by `signal`, and by SIGKILL if it has not gone after `patienceMs`. Resolves when it is gone. */
    async end(signal, patienceMs) {
      signalIfThere(pid, signal);
      const patience = new AbortController();
      await Promise.race([exit, pause(patienceMs, null, { signal: patience.signal }).catch(() => null)]);
      patience.abort();
      if (ended === null) signalIfThere(pid, 'SIGKILL');
      await exit;
    },
    /** The last lines of what it printed. */
    lastLines: () => readFileSync(output, 'utf8').trimEnd().split('\n').slice(-15).join('\n'),
  };
}

/** Asks until `question` resolves to true. Fails with what `explain` says when `program` ended, or after `patienceMs`. */
export async function untilReady({ program, question, patienceMs, explain }) {
  const until = Date.now() + patienceMs;
  while (!(await question().catch(() => false))) {
    if (!program.alive()) throw new Error(`${explain()} It ended by itself:\n${program.lastLines()}`);
    if (Date.now() > until)
      throw new Error(`${explain()} It did not answer in ${patienceMs} ms:\n${program.lastLines()}`);
    await pause(100);
  }
}

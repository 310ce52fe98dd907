// The process between a test and the servers it started. Its standard input closes when the test's process ends, however it
// ends; then it ends what it started and removes the folder. See keeper.mjs, which speaks with it in lines of JSON.
import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { signalIfThere, signalTree } from './process-tree.mjs';

const patienceMs = 3_000;
/** What runs now: the process, and the signal by which it is to end. */
const running = new Map();
let folderToRemove = null;
let ending = false;

const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => {
  const order = JSON.parse(line);
  if ('removeAtEnd' in order) folderToRemove = order.removeAtEnd;
  if ('run' in order) run(order.run);
});
orders.on('close', end);
process.stdout.on('error', end);

function run({ key, command, args, folder, env, user, output, endSignal }) {
  const log = openSync(output, 'a');
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log],
    windowsHide: true,
    ...user,
  });
  closeSync(log);
  child.once('spawn', () => {
    running.set(key, { child, endSignal });
    say({ key, pid: child.pid });
    if (ending) child.kill('SIGKILL');
  });
  child.once('error', (error) => {
    if (!running.has(key)) say({ key, failed: error.message });
  });
  child.once('exit', (code, signal) => {
    running.delete(key);
    say({ key, exit: { code, signal } });
    if (ending) leaveIfDone();
  });
}

function say(line) {
  if (!ending) process.stdout.write(`${JSON.stringify(line)}\n`);
}

function end() {
  if (ending) return;
  ending = true;
  for (const { child, endSignal } of running.values()) {
    if (process.platform !== 'win32') signalTree(child.pid, 'SIGCONT'); // what was paused by a test could not hear the next signal
    signalIfThere(child.pid, endSignal);
  }
  setTimeout(() => {
    for (const { child } of running.values()) signalTree(child.pid, 'SIGKILL');
  }, patienceMs).unref();
  leaveIfDone();
}

function leaveIfDone() {
  if (running.size > 0) return;
  if (folderToRemove !== null)
    rmSync(folderToRemove, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  process.exit(0);
}

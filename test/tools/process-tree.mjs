// Which processes descend from one: a database's workers have process groups of their own, and are paused and ended with it.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const pausePatienceMs = 10_000;

/** Process ids of `pid` and of all that descend from it, parents first. On Windows the process itself alone. */
export function processTree(pid) {
  const childrenOf = new Map();
  for (const [child, parent] of parents()) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), child]);
  const tree = [pid];
  for (let at = 0; at < tree.length; at++) tree.push(...(childrenOf.get(tree[at]) ?? []));
  return tree;
}

/** Sends `signal` to each process of the tree; those that have ended meanwhile are omitted. */
export function signalTree(pid, signal) {
  for (const each of processTree(pid)) signalIfThere(each, signal);
}

/** Sends a signal; false if there is no such process. */
export function signalIfThere(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Stops these processes by SIGSTOP, and resolves when they do nothing more: a stop takes hold when the process is next run, and
 * on a busy computer its threads do other work until then.
 */
export async function pauseProcesses(pids) {
  for (const pid of pids) signalIfThere(pid, 'SIGSTOP');
  const until = Date.now() + pausePatienceMs;
  for (const pid of pids) {
    while (!isPausedOrGone(pid)) {
      if (Date.now() > until) throw new Error(`process ${pid} has not stopped in ${pausePatienceMs} ms`);
      await pause(5);
    }
  }
}

function isPausedOrGone(pid) {
  const state = process.platform === 'linux' ? statOf(pid)?.state : stateByPs(pid);
  return !state || /^[TZX]/.test(state);
}

function stateByPs(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' });
  return stdout.trim();
}

/** [process id, parent's process id] of each process of this computer. */
function parents() {
  if (process.platform === 'win32') return [];
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
    return lines.map((line) => line.trim().split(/\s+/).map(Number));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), statOf(name)?.parent ?? 0]);
}

/** What Linux says of a process: its state as a letter, and its parent's process id. Null if it has ended. */
function statOf(pid) {
  try {
    // The second field is the program's name in brackets, and may hold brackets and blanks itself.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}

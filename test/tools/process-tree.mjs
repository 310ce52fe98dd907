// Which processes descend from one: a database's workers have process groups of their own, and are paused and ended with it.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Process ids of `pid` and of all that descend from it, parents first. On Windows the process itself alone. */
export function processTree(pid) {
  const childrenOf = new Map();
  for (const [child, parent] of parents()) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), child]);
  const tree = [pid];
  for (let at = 0; at < tree.length; at++) tree.push(...(childrenOf.get(tree[at]) ?? []));
  return tree;
}

/** Sends `signal` to each process of the tree; those that have ended meanwhile are left out. */
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

/** [process id, parent's process id] of each process of this computer. */
function parents() {
  if (process.platform === 'win32') return [];
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
    return lines.map((line) => line.trim().split(/\s+/).map(Number));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)]);
}

function parentOf(pid) {
  try {
    // The second field is the program's name in brackets, and may hold brackets and blanks itself.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0; // it has ended since the folder was read
  }
}

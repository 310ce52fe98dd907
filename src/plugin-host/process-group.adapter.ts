import { readdir, readFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { callVariable } from './guest-surroundings.adapter.js';
import { hasProcessGroups, killProcess } from './process-tree.adapter.js';

/** What the processes of a call have used so far. */
export interface Usage {
  /** Read and written, from and to anything, in bytes. */
  readonly bytes: number;
  /** Processor time in ticks, of which Linux has a hundred a second. */
  readonly ticks: number;
}

/** A line of `/proc/<pid>/stat`. */
interface ProcessState {
  readonly pid: number;
  /** `R`, `S`, `D` (waits in the kernel), `Z` (has ended, and its parent has not asked how), … */
  readonly state: string;
  readonly group: number;
  readonly threads: number;
  readonly ticks: number;
}

const isLinux = platform() === 'linux';

/** The kernel's own threads are in no group. */
const ofTheKernel = 0;

/** Whether anything of a process group still runs. The group is named by the process that led it. */
export async function groupLives(group: number): Promise<boolean> {
  if (!hasProcessGroups) return false;
  try {
    process.kill(-group, 0);
  } catch {
    // ESRCH: none. EPERM: macOS says so where only zombies are left.
    return false;
  }
  return !isLinux || (await processesFrom(group)).some((one) => one.group === group && !hasEnded(one));
}

/**
 * What has ended, but whose parent never asked, is no more than an entry in the table. A process looks like one, too, while
 * one of its threads cannot be ended.
 */
function hasEnded({ state, threads }: Pick<ProcessState, 'state' | 'threads'>): boolean {
  return state === 'Z' && threads <= 1;
}

/** What a group has used; null where the system does not say. A process that ends takes its share with it. */
export async function groupUsage(group: number): Promise<Usage | null> {
  if (!isLinux) return null;
  const members = (await processesFrom(group)).filter((one) => one.group === group);
  if (members.length === 0) return null;
  const bytes = await Promise.all(members.map(({ pid }) => bytesMoved(pid)));
  return {
    bytes: bytes.reduce((sum, each) => sum + each, 0),
    ticks: members.reduce((sum, { ticks }) => sum + ticks, 0),
  };
}

/** Kills what a call has started and what left its process group (`setsid`), by the variable that all of it inherited. */
export async function killStrays(group: number, callId: string): Promise<void> {
  if (!isLinux) return;
  const mark = `${callVariable}=${callId}`;
  for (const { pid, state, group: other } of await processesFrom(group)) {
    // Asking a process that waits in the kernel for its environment could make this one wait, too.
    if (other === group || state === 'D' || state === 'Z') continue;
    const environment = await textOf(`/proc/${pid}/environ`);
    if (environment.split('\0').includes(mark)) killProcess(pid);
  }
}

/** The id of the newest process there is; null where the system does not say. */
export async function lastProcessId(): Promise<number | null> {
  if (!isLinux) return null;
  const id = Number((await textOf('/proc/loadavg')).trim().split(' ').at(-1));
  return Number.isSafeInteger(id) && id > 0 ? id : null;
}

export interface StartedSince {
  /** The process that leads its group, which itself does not count. */
  readonly group: number;
  /** {@link lastProcessId} at that time. */
  readonly newestBefore: number | null;
  /** The value of the variable that all of it inherited. */
  readonly mark: string;
}

/**
 * Whether something that was started since then by a process, and by what it started, still runs. What cannot be told counts:
 * what waits in the kernel, and what has no environment, since that is how a program looks that is just being started.
 */
export async function startedSince({ group, newestBefore, mark }: StartedSince): Promise<boolean> {
  const now = await lastProcessId();
  // Ids begin again at the lowest free ones after the highest.
  const hasWrapped = newestBefore === null || now === null || now < newestBefore;
  for (const { pid, state, group: other, threads } of await processesFrom(hasWrapped ? 0 : newestBefore + 1)) {
    if (pid === group || other === ofTheKernel || hasEnded({ state, threads })) continue;
    if (other === group || state === 'D') return true;
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => null);
    if (environment === '' || environment?.split('\0').includes(`${callVariable}=${mark}`)) return true;
  }
  return false;
}

/**
 * The processes that were started after the leader of a group: ids count upwards. (They begin again after four
 * million.)
 */
async function processesFrom(group: number): Promise<readonly ProcessState[]> {
  // Without a free file descriptor there is no list: then nothing is known of any process.
  const names = await readdir('/proc').catch((): string[] => []);
  const pids = names.map(Number).filter((pid) => pid >= group);
  const states = await Promise.all(pids.map(stateOf));
  return states.filter((state) => state !== null);
}

async function stateOf(pid: number): Promise<ProcessState | null> {
  const line = await textOf(`/proc/${pid}/stat`);
  // The second field is the program's name in brackets, which may hold anything.
  const [state, , group, ...rest] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  if (state === undefined || group === undefined) return null;
  return {
    ...{ pid, state, group: Number(group), threads: Number(rest[14]) },
    ticks: Number(rest[8]) + Number(rest[9]),
  };
}

async function bytesMoved(pid: number): Promise<number> {
  const text = await textOf(`/proc/${pid}/io`);
  const count = (name: string): number => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return count('rchar') + count('wchar');
}

/** Empty if the process is gone meanwhile, or belongs to another user. */
async function textOf(path: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => '');
}

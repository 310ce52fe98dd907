import { spawn } from 'node:child_process';
import { platform } from 'node:os';
import { plainEnvironment } from '../../plugins/sdk/environment.js';
import { errorCode } from './failures.js';

/** Whether a forked plugin gets its own process group, by which it and its own children are killed together. */
export const hasProcessGroups = platform() !== 'win32';

/**
 * Kills a process and those it started. On POSIX it must lead its own process group. A process that is gone already is
 * as it should be.
 */
export function killTree(pid: number): void {
  if (!hasProcessGroups) {
    // Windows knows no group: its own tool walks the tree by parent ids.
    const options = { stdio: 'ignore', windowsHide: true, env: plainEnvironment(process.env) } as const;
    const killer = spawn('taskkill', ['/pid', String(pid), '/T', '/F'], options);
    killer.once('error', () => killProcess(pid));
    return;
  }
  killProcess(-pid);
}

/** Kills one process, or with a negative id a process group; one that is gone already is as it should be. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    const code = errorCode(error);
    // ESRCH: gone. EPERM: macOS says so of a group whose last member is a zombie.
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

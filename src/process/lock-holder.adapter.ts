import { readFileSync, statSync } from 'node:fs';

/** A process that holds a lock on a file. */
export interface LockHolder {
  readonly pid: number;
  readonly uid: number;
}

/** Of all POSIX locks of the system: `1: POSIX  ADVISORY  READ 4711 fd:01:1234 128 128` (proc(5), /proc/locks). */
const lockLine = /^\d+:\s+POSIX\s+\S+\s+\S+\s+(\d+)\s+[0-9a-f]+:[0-9a-f]+:(\d+)\s/;

/** Processes of other users that hold a lock on a file. Only Linux tells; elsewhere there are none. */
export function strangersHolding(file: string): readonly LockHolder[] {
  return othersHolding(file).filter(({ uid }) => uid !== process.geteuid?.());
}

/** Other processes, of any user, that hold a lock on a file. Only Linux tells; elsewhere there are none. */
export function othersHolding(file: string): readonly LockHolder[] {
  try {
    const { ino } = statSync(file, { bigint: true });
    const held = readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, pid = '', inode = ''] = lockLine.exec(line) ?? [];
        return inode === String(ino) ? [Number(pid)] : [];
      });
    return [...new Set(held)]
      .filter((pid) => pid !== process.pid)
      .map((pid) => ({ pid, uid: statSync(`/proc/${pid}`).uid }));
  } catch {
    // Another system, or the process has just ended: then there is no one to name.
    return [];
  }
}

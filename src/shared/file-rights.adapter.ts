import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** Rights of the group and of all others. */
export const othersRights = 0o077;
const othersMayWrite = 0o002;
const groupMayWrite = 0o020;
const sticky = 0o1000;

/** The numeric user of this process; null where the system has none, as Windows. */
export function ownUser(): number | null {
  return process.geteuid?.() ?? null;
}

/** Whether it belongs to this process's user, or to root, who can do anything anyway. */
export function isTrusted({ uid }: Stats): boolean {
  return uid === 0 || uid === ownUser();
}

/** Whether users may change it that this process has no reason to trust. Its own group is that of its user alone, mostly. */
export function isOpenToWriters({ mode, gid }: Stats): boolean {
  if ((mode & othersMayWrite) !== 0) return true;
  return (mode & groupMayWrite) !== 0 && gid !== 0 && gid !== process.getegid?.();
}

export function modeText(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(3, '0');
}

export interface Step {
  readonly path: string;
  readonly stats: Stats;
}

const mostLinks = 40;

/** Everything that is passed on the way to a path, links one by one, as far as it exists. */
export function stepsTo(path: string): readonly Step[] {
  const steps: Step[] = [];
  const names = path.split('/').filter((name) => name !== '');
  let at = '/';
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const next = join(at, name);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (!stats) break;
    steps.push({ path: next, stats });
    if (!stats.isSymbolicLink()) {
      at = next;
      continue;
    }
    if (++links > mostLinks) break;
    const target = readlinkSync(next);
    if (target.startsWith('/')) at = '/';
    names.unshift(...target.split('/').filter((part) => part !== ''));
  }
  return steps;
}

/** Whether others may put something else in the place of what is in this folder. */
export function isOpenFolder({ stats }: Step): boolean {
  if (!stats.isDirectory()) return false;
  if (!isTrusted(stats)) return true;
  return isOpenToWriters(stats) && (stats.mode & sticky) === 0;
}

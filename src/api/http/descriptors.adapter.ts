import { readFileSync } from 'node:fs';

/** What most systems give a process. */
const usualDescriptors = 1_024;

/** How many files and connections this process may have open at once. Linux says it; elsewhere the usual number counts. */
export function descriptorLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return soft === undefined ? usualDescriptors : Number(soft);
  } catch {
    return usualDescriptors; // there is no such file elsewhere
  }
}

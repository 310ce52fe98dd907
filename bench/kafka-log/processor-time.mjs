// Who used the processors: on a machine with few of them, the servers' share is part of the answer.
import { readFileSync } from 'node:fs';
import { processTree } from '../../test/tools/process-tree.mjs';

/** Linux counts in hundredths of a second, whatever its kernel does. */
const ticksPerSecond = 100;

/** Processor time of a process and all that descend from it, ended ones too; NaN where there is no /proc. */
export function processorSeconds(pid) {
  if (process.platform !== 'linux') return Number.NaN;
  return processTree(pid).reduce((sum, each) => sum + ticksOf(each), 0) / ticksPerSecond;
}

function ticksOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // utime, stime, and those of the children that have ended: the fields 14 to 17, see proc(5).
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15);
    return fields.reduce((sum, field) => sum + Number(field), 0);
  } catch {
    return 0; // it has just ended, and its parent counts it
  }
}

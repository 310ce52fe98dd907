import { platform } from 'node:os';
import { workerData } from 'node:worker_threads';
import { z } from 'zod';
import { killTree } from './process-tree.adapter.js';

/**
 * A thread beside the plugin that also runs while the plugin hangs in a loop. It ends the process when Wardround itself is
 * gone, so that no orphan writes into a backup that the next start is already making, and when the process takes too much
 * memory outside the JavaScript heap, which V8's limit does not see.
 */
const { parentPid, residentMemoryMb } = z
  .object({ parentPid: z.number(), residentMemoryMb: z.number() })
  .parse(workerData);
const lookEveryMs = 500;

setInterval(() => {
  const tooLarge = process.memoryUsage.rss() > residentMemoryMb * 1024 * 1024;
  if (tooLarge || !parentLives()) killTree(process.pid);
}, lookEveryMs);

function parentLives(): boolean {
  // On POSIX an orphan gets another parent at once; Windows keeps the old id, so it must be asked for.
  if (platform() !== 'win32') return process.ppid === parentPid;
  try {
    process.kill(parentPid, 0);
    return true;
  } catch {
    // The only thing that signal 0 can fail with here is that there is no such process.
    return false;
  }
}

import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { parse } from 'node:path';
import { plainEnvironment } from '../../plugins/sdk/environment.js';
import { compiledFile } from '../shared/package.adapter.js';
import { hasProcessGroups } from './process-tree.adapter.js';

/** By this variable the programs that a call has started are found again, also those that left its process group. */
export const callVariable = 'WARDROUND_CALL';

export interface ForkOptions {
  readonly heapMb: number;
  readonly output: 'pipe' | 'ignore';
  readonly callId?: string;
}

/**
 * Starts a process that plugins run in: with a plain environment, in the file system's root and without Wardround's
 * arguments to Node, so that nothing of Wardround's own surroundings is handed to it.
 */
export function forkPluginProcess(
  worker: './plugin-process.worker.js' | './plugin-inspector.worker.js',
  { heapMb, output, callId = randomUUID() }: ForkOptions,
): ChildProcess {
  return fork(compiledFile(import.meta.url, worker), [], {
    cwd: parse(process.execPath).root,
    env: { ...plainEnvironment(process.env), [callVariable]: callId },
    execArgv: [`--max-old-space-size=${heapMb}`],
    serialization: 'advanced',
    stdio: ['ignore', output, output, 'ipc'],
    // A group of its own: a kill takes its children too, and Ctrl+C in a terminal leaves the end to Wardround.
    detached: hasProcessGroups,
  });
}

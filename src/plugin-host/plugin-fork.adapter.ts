import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { compiledFile } from '../shared/package.adapter.js';
import { surroundingsOf } from './guest-surroundings.adapter.js';
import { hasProcessGroups } from './process-tree.adapter.js';

export interface ForkOptions {
  readonly heapMb: number;
  readonly output: 'pipe' | 'ignore';
  /** By it, what the process starts is found again. */
  readonly mark?: string;
}

/** Starts a process that plugins run in. */
export function forkPluginProcess(
  worker: './plugin-process.worker.js' | './plugin-inspector.worker.js',
  { heapMb, output, mark = randomUUID() }: ForkOptions,
): ChildProcess {
  const { cwd, env, execArgv } = surroundingsOf({ heapMb, mark });
  return fork(compiledFile(import.meta.url, worker), [], {
    ...{ cwd, env: { ...env }, execArgv: [...execArgv] },
    serialization: 'advanced',
    stdio: ['ignore', output, output, 'ipc'],
    // Its own group: a kill takes its children too, and Ctrl+C in a terminal leaves the end to Wardround.
    detached: hasProcessGroups,
  });
}

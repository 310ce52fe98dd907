import { readdir } from 'node:fs/promises';
import type { Progress } from '../plugin.js';
import type { FileEngine, Notice, Watching } from './engine-types.js';
import { fileEngine } from './engine.js';
import { errnoOf, packError, type PackedError } from './errors.js';
import type { FolderChores } from './engine-process.js';

type Functions = Omit<FileEngine, 'measureTrees' | 'copySnapshot'> & FolderChores;

/** What the process is asked, by name. What watches an operation stays with the caller. */
export type ProcessCalls = {
  readonly [Name in keyof Functions]: {
    readonly input: Omit<Parameters<Functions[Name]>[0], 'signal' | 'onProgress' | 'onNotice'>;
    readonly result: Awaited<ReturnType<Functions[Name]>>;
  };
};

export type ProcessOrder =
  | { readonly kind: 'call'; readonly id: number; readonly name: keyof ProcessCalls; readonly input: unknown }
  | { readonly kind: 'cancel'; readonly id: number };

export type ProcessAnswer =
  | { readonly kind: 'progress'; readonly id: number; readonly progress: Progress }
  | { readonly kind: 'notice'; readonly id: number; readonly notice: Notice }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: PackedError };

const chores: FolderChores = {
  namesIn: async (path) => {
    try {
      return await readdir(path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  },
};
const functions: Functions = { ...fileEngine, ...chores };

const cancels = new Map<number, AbortController>();

async function carryOut({ id, name, input }: Extract<ProcessOrder, { kind: 'call' }>): Promise<void> {
  const abort = new AbortController();
  cancels.set(id, abort);
  const watching: Watching = {
    signal: abort.signal,
    onProgress: (progress) => tell({ kind: 'progress', id, progress }),
    onNotice: (notice) => tell({ kind: 'notice', id, notice }),
  };
  // The caller's types say which input goes with which name.
  const work = functions[name] as (input: unknown) => Promise<unknown>;
  try {
    const isPath = typeof input === 'string';
    tell({ kind: 'done', id, result: await work(isPath ? input : { ...(input as object), ...watching }) });
  } catch (error) {
    tell({ kind: 'failed', id, error: packError(error) });
  } finally {
    cancels.delete(id);
  }
}

function tell(answer: ProcessAnswer): void {
  if (process.connected) process.send?.(answer);
}

process.on('message', (order: ProcessOrder) => {
  if (order.kind === 'cancel') cancels.get(order.id)?.abort();
  else void carryOut(order);
});
// The caller has gone, or has given up this process: the result is no longer needed.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // A terminal tells all processes at once; the one that asked says what becomes of the work.
  process.on(signal, () => undefined);
}

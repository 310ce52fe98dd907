import { Worker } from 'node:worker_threads';
import { compiledFile } from './compiled-file.js';
import type { ConductorOrder, OperationName } from './conductor.worker.js';

/** A backup is several operations, one after the other. */
const idleMs = 10_000;

/** A thread that has done its work, and waits for more. */
let idle: { readonly worker: Worker; readonly ending: NodeJS.Timeout } | null = null;

/** Begins an operation in its own thread. Give it back with {@link release}, or end it with {@link giveUp}. */
export function conduct<Name extends OperationName>(order: ConductorOrder<Name>): Worker {
  const worker = takeIdle() ?? new Worker(compiledFile(import.meta.url, './conductor.worker.js'), { execArgv: [] });
  worker.ref();
  worker.postMessage(order);
  return worker;
}

/** For a thread whose operation has succeeded: it may serve the next one, and keeps no process alive. */
export function release(worker: Worker): void {
  forgetListeners(worker);
  if (idle) return giveUp(worker);
  const end = (): void => {
    if (idle?.worker === worker) idle = null;
    giveUp(worker);
  };
  worker.on('error', end);
  worker.unref();
  idle = { worker, ending: setTimeout(end, idleMs).unref() };
}

/**
 * For a thread whose operation has failed or is broken off: parts of it may still be at work. One that hangs in the kernel does
 * not end: no one waits for it, and it keeps no process alive.
 */
export function giveUp(worker: Worker): void {
  forgetListeners(worker);
  // What a thread says while it is being stopped changes nothing any more.
  worker.on('error', () => undefined);
  void worker.terminate();
  worker.unref();
}

function takeIdle(): Worker | null {
  if (!idle) return null;
  const { worker, ending } = idle;
  clearTimeout(ending);
  idle = null;
  forgetListeners(worker);
  return worker;
}

/** Not all: some of a worker's listeners are Node's own, and deliver its messages. */
function forgetListeners(worker: Worker): void {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
}

import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { runBatch, type Batch, type BatchResult } from './batch.js';
import { compiledFile } from './compiled-file.js';
import type { CopierAnswer, CopierData } from './copier.worker.js';
import { unpackError } from './errors.js';
import type { Gauge } from './gauge.js';

/** More threads than this only make a disk's head jump. */
const mostThreads = 4;
/** So few batches are done sooner than threads are started. */
const fewBatches = 2;

/**
 * Runs batches on worker threads, all of which end with the call.
 * @throws the first error; the other threads are stopped then.
 */
export async function runBatches(batches: readonly Batch[], gauge: Gauge): Promise<BatchResult[]> {
  if (batches.length <= fewBatches) return runHere(batches, gauge);
  const threads = Math.min(mostThreads, Math.max(2, availableParallelism()), batches.length);
  const workers = Array.from({ length: threads }, (_, index) => startCopier(gauge, index + 1));
  try {
    const queue = batches.values();
    const results = await Promise.all(workers.map((worker) => drain(worker, queue)));
    return results.flat();
  } catch (error) {
    gauge.cancel();
    throw error;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function runHere(batches: readonly Batch[], gauge: Gauge): Promise<BatchResult[]> {
  const results: BatchResult[] = [];
  for (const batch of batches) {
    results.push(runBatch(batch, gauge));
    await setImmediate();
  }
  return results;
}

function startCopier({ memory }: Gauge, thread: number): Worker {
  const workerData: CopierData = { memory, thread };
  return new Worker(compiledFile(import.meta.url, './copier.worker.js'), { workerData, execArgv: [] });
}

/** Keeps one worker busy until the queue is empty. It always has a batch in reserve, so it never waits for this thread. */
function drain(worker: Worker, queue: Iterator<Batch>): Promise<BatchResult[]> {
  return new Promise((resolve, reject) => {
    const results: BatchResult[] = [];
    let inHand = 0;
    const giveNext = (): void => {
      const next = queue.next();
      if (next.done) return;
      inHand += 1;
      worker.postMessage(next.value);
    };
    worker.on('message', (answer: CopierAnswer) => {
      if ('error' in answer) return reject(unpackError(answer.error));
      results.push(answer.result);
      inHand -= 1;
      giveNext();
      if (inHand === 0) resolve(results);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`a thread that copies files ended (${code})`)));
    giveNext();
    giveNext();
    if (inHand === 0) resolve(results);
  });
}

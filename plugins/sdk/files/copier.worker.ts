import { parentPort, workerData } from 'node:worker_threads';
import { runBatch, type Batch, type BatchResult } from './batch.js';
import { packError, type PackedError } from './errors.js';
import { Gauge } from './gauge.js';

/** A thread that copies or checks files, batch after batch, in the order in which it gets them. */
export type CopierAnswer = { readonly result: BatchResult } | { readonly error: PackedError };

const memory: unknown = workerData;
if (!(memory instanceof SharedArrayBuffer)) throw new Error('a thread that copies files was started without a gauge');
const gauge = new Gauge(memory);

parentPort?.on('message', (batch: Batch) => {
  parentPort?.postMessage(answer(batch));
});

function answer(batch: Batch): CopierAnswer {
  try {
    return { result: runBatch(batch, gauge) };
  } catch (error) {
    return { error: packError(error) };
  }
}

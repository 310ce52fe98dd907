import { parentPort, workerData } from 'node:worker_threads';
import { runBatch, type Batch, type BatchResult } from './batch.js';
import { packError, type PackedError } from './errors.js';
import { Gauge } from './gauge.js';

/** A thread that copies or checks files, batch after batch, in the order in which it gets them. */
export type CopierAnswer = { readonly result: BatchResult } | { readonly error: PackedError };

export interface CopierData {
  readonly memory: SharedArrayBuffer;
  /** Its number among the threads of the operation; the conductor is 0. */
  readonly thread: number;
}

function isCopierData(data: unknown): data is CopierData {
  return typeof data === 'object' && data !== null && 'memory' in data && 'thread' in data;
}

const data: unknown = workerData;
if (!isCopierData(data)) throw new Error('a thread that copies files was started without a gauge');
const gauge = new Gauge(data.memory, data.thread);

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

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
/** A thread always has a batch in reserve, so it never waits for the one that hands them out. */
const inHand = 2;

interface Waiting {
  readonly resolve: (result: BatchResult) => void;
  readonly reject: (error: unknown) => void;
}

interface Copier {
  readonly worker: Worker;
  /** Those that it has not answered, in their order. */
  readonly waiting: Waiting[];
}

/** Runs batches on worker threads, all of which end with {@link close}. The first error ends the others. */
export class BatchPool {
  private readonly copiers: Copier[] = [];
  private readonly most = Math.min(mostThreads, Math.max(2, availableParallelism()));
  private onAnswer: (() => void)[] = [];
  private failure: { readonly error: unknown } | null = null;

  /** @param isSmall there is so little to do that it is done sooner than threads are started */
  constructor(
    private readonly gauge: Gauge,
    private readonly isSmall: boolean,
  ) {}

  /** Resolves once a thread wants a further batch. @throws the first error of all batches */
  async room(): Promise<void> {
    for (;;) {
      this.throwIfFailed();
      if (this.isSmall || this.copiers.length < this.most || this.leastBusy().waiting.length < inHand) return;
      await new Promise<void>((resolve) => this.onAnswer.push(resolve));
    }
  }

  submit(batch: Batch): Promise<BatchResult> {
    const result = this.isSmall ? this.runHere(batch) : this.handOut(batch);
    // Anyone who waits for it hears of it; no one need.
    result.catch((error: unknown) => this.fail(error));
    return result;
  }

  /** @throws the first error of all batches */
  throwIfFailed(): void {
    if (this.failure) throw this.failure.error;
  }

  async close(): Promise<void> {
    for (const { worker } of this.copiers) worker.removeAllListeners('exit');
    await Promise.all(this.copiers.map(({ worker }) => worker.terminate()));
  }

  private async runHere(batch: Batch): Promise<BatchResult> {
    await setImmediate();
    return runBatch(batch, this.gauge);
  }

  private handOut(batch: Batch): Promise<BatchResult> {
    const isBusy = this.copiers.every(({ waiting }) => waiting.length > 0);
    const copier = isBusy && this.copiers.length < this.most ? this.start() : this.leastBusy();
    return new Promise((resolve, reject) => {
      copier.waiting.push({ resolve, reject });
      copier.worker.postMessage(batch);
    });
  }

  private leastBusy(): Copier {
    const [first, ...others] = this.copiers;
    if (!first) return this.start();
    return others.reduce((least, copier) => (copier.waiting.length < least.waiting.length ? copier : least), first);
  }

  private start(): Copier {
    const workerData: CopierData = { memory: this.gauge.memory, thread: this.copiers.length + 1 };
    const worker = new Worker(compiledFile(import.meta.url, './copier.worker.js'), { workerData, execArgv: [] });
    const copier: Copier = { worker, waiting: [] };
    this.copiers.push(copier);
    const failAll = (error: unknown): void => {
      this.fail(error);
      for (const { reject } of copier.waiting.splice(0)) reject(error);
    };
    worker.on('message', (answer: CopierAnswer) => {
      const waiting = copier.waiting.shift();
      if ('error' in answer) {
        const error = unpackError(answer.error);
        this.fail(error);
        waiting?.reject(error);
      } else waiting?.resolve(answer.result);
      this.wake();
    });
    worker.on('error', failAll);
    worker.on('exit', (code) => failAll(new Error(`a copy thread exited (${code})`)));
    return copier;
  }

  private fail(error: unknown): void {
    if (this.failure) return;
    this.failure = { error };
    this.gauge.cancel();
    this.wake();
  }

  private wake(): void {
    const waiting = this.onAnswer;
    this.onAnswer = [];
    for (const resolve of waiting) resolve();
  }
}

/** So little is done sooner than threads are started. */
export function isSmall(files: number, bytes: number): boolean {
  return files <= 2 || (files <= 128 && bytes <= 16 * 1024 * 1024);
}

import type { Progress } from '../plugin.js';
import { FileEngineError } from './engine-types.js';

const cancelled = 0;
const files = 1;
const bytes = 2;
const totalFiles = 3;
const totalBytes = 4;

/**
 * How far an operation has come, and whether it is to stop: counters in memory that the caller's thread and the workers share,
 * so that synchronous work can be watched and stopped without messages.
 */
export class Gauge {
  readonly #counters: BigInt64Array;

  constructor(readonly memory = new SharedArrayBuffer(5 * 8)) {
    this.#counters = new BigInt64Array(memory);
  }

  cancel(): void {
    Atomics.store(this.#counters, cancelled, 1n);
  }

  /** Called between chunks and files. @throws FileEngineError `cancelled` */
  throwIfCancelled(): void {
    if (Atomics.load(this.#counters, cancelled) !== 0n) throw new FileEngineError('cancelled', 'cancelled');
  }

  setTotals(fileCount: number, byteCount: number): void {
    Atomics.store(this.#counters, totalFiles, BigInt(fileCount));
    Atomics.store(this.#counters, totalBytes, BigInt(byteCount));
  }

  addFile(): void {
    Atomics.add(this.#counters, files, 1n);
  }

  addBytes(count: number): void {
    Atomics.add(this.#counters, bytes, BigInt(count));
  }

  read(): Progress {
    return {
      files: this.#load(files),
      bytes: this.#load(bytes),
      totalFiles: this.#load(totalFiles),
      totalBytes: this.#load(totalBytes),
    };
  }

  /** Bytes not yet dealt with. */
  remainingBytes(): number {
    return Math.max(0, this.#load(totalBytes) - this.#load(bytes));
  }

  #load(index: number): number {
    return Number(Atomics.load(this.#counters, index));
  }
}

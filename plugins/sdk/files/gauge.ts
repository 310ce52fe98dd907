import type { Progress } from '../plugin.js';
import { toText, type ByteString } from './bytes.js';
import { FileEngineError } from './engine-types.js';

const cancelled = 0;
const files = 1;
const bytes = 2;
const totalFiles = 3;
const totalBytes = 4;
const beats = 5;
const counterBytes = 6 * 8;

/** The conductor and its copiers: each writes where it is into its own part. */
const mostThreads = 8;
const placeBytes = 1024;
const partBytes = 4 + placeBytes;

/**
 * How far an operation has come, where it is, and whether it is to stop: memory that the caller's thread and the workers
 * share, so that synchronous work can be watched and stopped without messages.
 */
export class Gauge {
  readonly #counters: BigInt64Array;
  readonly #lengths: readonly Int32Array[];
  readonly #places: readonly Buffer[];

  /** @param thread whose place {@link at} says: 0 is the conductor */
  constructor(
    readonly memory = new SharedArrayBuffer(counterBytes + mostThreads * partBytes),
    private readonly thread = 0,
  ) {
    this.#counters = new BigInt64Array(memory, 0, counterBytes / 8);
    const offsets = Array.from({ length: mostThreads }, (_, index) => counterBytes + index * partBytes);
    this.#lengths = offsets.map((offset) => new Int32Array(memory, offset, 1));
    this.#places = offsets.map((offset) => Buffer.from(memory, offset + 4, placeBytes));
  }

  cancel(): void {
    Atomics.store(this.#counters, cancelled, 1n);
  }

  /** Called between chunks and files. @throws FileEngineError `cancelled` */
  throwIfCancelled(): void {
    this.beat();
    if (Atomics.load(this.#counters, cancelled) !== 0n) throw new FileEngineError('cancelled', 'cancelled');
  }

  /** Something moves, though there is nothing to count. */
  beat(): void {
    Atomics.add(this.#counters, beats, 1n);
  }

  /** What this thread is about to touch, so that anyone who watches knows where it hangs; null when it is done. */
  at(place: ByteString | null): void {
    this.beat();
    const length = this.#lengths[this.thread];
    if (!length) return;
    Atomics.store(length, 0, 0);
    if (place !== null) Atomics.store(length, 0, this.#places[this.thread]?.write(place, 'latin1') ?? 0);
  }

  /** What the threads are about to touch, for people: the conductor, which mostly waits for the others, first. */
  places(): readonly string[] {
    return this.#lengths.flatMap((length, thread) => {
      const written = Atomics.load(length, 0);
      const place = this.#places[thread]?.toString('latin1', 0, written);
      return place ? [toText(place)] : [];
    });
  }

  /** Grows with everything that moves. */
  pulse(): bigint {
    return [beats, files, bytes].reduce((sum, index) => sum + Atomics.load(this.#counters, index), 0n);
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

import type { BatchResult } from './batch.js';
import type { Gauge } from './gauge.js';
import type { BatchPool } from './pool.js';

/** Things that follow each other, and the work that some of them are. */
export interface Piece<Item> {
  readonly items: readonly Item[];
  /** Begins the work, or gives back the one that was begun before; null where there is none. */
  start(): Promise<BatchResult> | null;
}

/**
 * So many things wait for one before them that is still in work, such as a large file. Those behind them then wait until it is
 * done: that is what bounds the memory.
 */
const mostWaiting = 16 * 1024;

interface Begun<Item> {
  readonly items: readonly Item[];
  readonly result: Promise<BatchResult> | null;
}

/** Runs pieces on the threads of a pool, and hands on what became of them in their order. @throws the first error of all */
export async function inOrder<Item>(
  pieces: Iterable<Piece<Item>>,
  pool: BatchPool,
  gauge: Gauge,
  onDone: (items: readonly Item[], result: BatchResult | null) => void,
): Promise<void> {
  const begun: Begun<Item>[] = [];
  const done = new Set<Begun<Item>>();
  let waiting = 0;
  const handOn = (one: Begun<Item>, result: BatchResult | null): void => {
    waiting -= one.items.length;
    onDone(one.items, result);
  };
  const handOnFirst = async (): Promise<void> => {
    const first = begun.shift();
    if (!first) return;
    done.delete(first);
    const result = first.result && (await first.result.catch((error: unknown) => rethrow(pool, error)));
    handOn(first, result);
  };
  for (const { items, start } of pieces) {
    gauge.throwIfCancelled();
    await pool.room();
    const one: Begun<Item> = { items, result: start() };
    void one.result?.then(
      () => done.add(one),
      () => undefined,
    );
    begun.push(one);
    waiting += items.length;
    for (let [first] = begun; first && (first.result === null || done.has(first)); [first] = begun) await handOnFirst();
    while (waiting > mostWaiting) await handOnFirst();
  }
  while (begun.length > 0) await handOnFirst();
}

/** What was stopped by the error of another is not it. */
function rethrow(pool: BatchPool, error: unknown): never {
  pool.throwIfFailed();
  throw error;
}

const pieceBytes = 8 * 1024 * 1024;
const pieceFiles = 64;
const pieceItems = 512;

/** A file that is a piece of its own. */
export function isLarge(size: number): boolean {
  return size > pieceBytes;
}

/**
 * Divides what follows each other so that each part is little work: no thread shall be left alone with much in the end.
 * @param sizeOf of a file, in bytes; null for what is no work.
 */
export function* divided<Item>(items: Iterable<Item>, sizeOf: (item: Item) => number | null): Generator<Item[]> {
  let part: Item[] = [];
  let bytes = 0;
  let files = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (size !== null && isLarge(size)) {
      if (part.length > 0) yield part;
      yield [item];
      [part, bytes, files] = [[], 0, 0];
      continue;
    }
    part.push(item);
    bytes += size ?? 0;
    files += size === null ? 0 : 1;
    if (bytes < pieceBytes && files < pieceFiles && part.length < pieceItems) continue;
    yield part;
    [part, bytes, files] = [[], 0, 0];
  }
  if (part.length > 0) yield part;
}

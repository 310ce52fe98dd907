import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readSync, type BigIntStats } from 'node:fs';
import type { ByteString } from './bytes.js';
import type { Gauge } from './gauge.js';
import type { OpenFolder } from './open-folder.js';

/** One buffer a thread: large, so that few calls are needed. */
const buffer = Buffer.allocUnsafeSlow(1024 * 1024);

/** Reading failed, as against writing. */
export class ReadFailure extends Error {
  override readonly name = 'ReadFailure';

  constructor(override readonly cause: unknown) {
    super('reading failed', { cause });
  }
}

export interface OpenFile {
  readonly fd: number;
  readonly stats: BigIntStats;
}

export interface Content {
  /** Bytes that were read. */
  readonly size: number;
  readonly sha256: string;
  /** There was less or more than the file's size when it was opened. */
  readonly sizeChanged: boolean;
}

/**
 * Opens without following a symbolic link, and without waiting for someone to write if it is a FIFO by now.
 * @throws ReadFailure
 */
export function openForReading(folder: OpenFolder, name: ByteString): OpenFile {
  return reading(() => {
    const fd = folder.openFile(name);
    try {
      return { fd, stats: fstatSync(fd, { bigint: true }) };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  });
}

/**
 * Reads a file once, up to the size that it had when it was opened (one that grows faster than it is read would never end),
 * hashes it and hands each chunk on. The chunk is overwritten by the next.
 * @throws ReadFailure; FileEngineError `cancelled`; what `onChunk` throws.
 */
export function readContent(
  { fd, stats }: OpenFile,
  gauge: Gauge,
  onChunk: (chunk: Buffer, position: number) => void = () => undefined,
): Content {
  const expected = Number(stats.size);
  const hash = createHash('sha256');
  let size = 0;
  while (size < expected) {
    gauge.throwIfCancelled();
    const wanted = Math.min(buffer.length, expected - size);
    const length = reading(() => readSync(fd, buffer, 0, wanted, null));
    if (length === 0) break;
    const chunk = buffer.subarray(0, length);
    hash.update(chunk);
    onChunk(chunk, size);
    size += length;
    gauge.addBytes(length);
  }
  const more = size === expected && reading(() => readSync(fd, buffer, 0, 1, null)) > 0;
  return { size, sha256: hash.digest('hex'), sizeChanged: more || size < expected };
}

/** @throws ReadFailure for whatever the work throws. */
export function reading<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new ReadFailure(error);
  }
}

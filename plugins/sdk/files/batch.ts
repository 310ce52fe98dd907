import { joinBytes, type ByteString } from './bytes.js';
import { checkFile, type Difference } from './check-file.js';
import { copyFile, type CopyItem, type CopyOutcome } from './copy-file.js';
import type { Gauge } from './gauge.js';
import type { FileEntry } from './manifest.js';
import type { WriteRules } from './metadata.js';

/** Work for one thread, synchronous from its first to its last file. */
export interface CopyBatch {
  readonly kind: 'copy';
  readonly items: readonly CopyItem[];
  readonly rules: WriteRules;
}
export interface CheckBatch {
  readonly kind: 'check';
  /** The folder `files/` of the snapshot. */
  readonly root: ByteString;
  readonly entries: readonly FileEntry[];
  readonly rules: WriteRules;
}
export type Batch = CopyBatch | CheckBatch;

export interface BatchResult {
  readonly outcomes: readonly CopyOutcome[];
  readonly differences: readonly Difference[];
}

/** @throws FileEngineError at the first thing that cannot be written, or `cancelled`. */
export function runBatch(batch: Batch, gauge: Gauge): BatchResult {
  const outcomes: CopyOutcome[] = [];
  const differences: Difference[] = [];
  if (batch.kind === 'copy') {
    for (const item of batch.items) {
      gauge.throwIfCancelled();
      gauge.at(item.from);
      outcomes.push(copyFile(item, batch.rules, gauge));
    }
  } else {
    for (const entry of batch.entries) {
      gauge.throwIfCancelled();
      gauge.at(joinBytes(batch.root, entry.path));
      const difference = checkFile(batch.root, entry, batch.rules, gauge);
      if (difference) differences.push(difference);
    }
  }
  gauge.at(null);
  return { outcomes, differences };
}

const batchBytes = 8 * 1024 * 1024;
const batchFiles = 64;

/**
 * Shares files out into batches, each small enough that no thread is left alone with much in the end. Large files come first,
 * for the same reason; the others stay in their order, which is that of the disk's folders.
 */
export function intoBatches<Item>(items: readonly Item[], sizeOf: (item: Item) => number): Item[][] {
  const large = items.filter((item) => sizeOf(item) > batchBytes).sort((a, b) => sizeOf(b) - sizeOf(a));
  const batches = large.map((item) => [item]);
  let batch: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    if (sizeOf(item) > batchBytes) continue;
    batch.push(item);
    bytes += sizeOf(item);
    if (bytes < batchBytes && batch.length < batchFiles) continue;
    batches.push(batch);
    batch = [];
    bytes = 0;
  }
  return batch.length > 0 ? [...batches, batch] : batches;
}

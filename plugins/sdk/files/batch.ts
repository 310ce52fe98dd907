import { checkFile, type CheckItem, type Difference } from './check-file.js';
import { copyFile, type CopyFolders, type CopyItem, type CopyOutcome } from './copy-file.js';
import { OpenFolders } from './file-place.js';
import type { Gauge } from './gauge.js';
import type { WriteRules } from './metadata.js';

/** Work for one thread, synchronous from its first to its last file. */
export interface CopyBatch {
  readonly kind: 'copy';
  readonly items: readonly CopyItem[];
  readonly rules: WriteRules;
}
export interface CheckBatch {
  readonly kind: 'check';
  readonly items: readonly CheckItem[];
  readonly rules: WriteRules;
}
export type Batch = CopyBatch | CheckBatch;

export interface BatchResult {
  readonly outcomes: readonly CopyOutcome[];
  readonly differences: readonly Difference[];
}

/** The folders that this thread holds open. One may be in use for each purpose at a time. */
const folders: CopyFolders = { from: new OpenFolders(), to: new OpenFolders(), previous: new OpenFolders() };

/** Before a thread goes on to other work: what is held open keeps a disk from being unmounted. */
export function closeFolders(): void {
  folders.from.close();
  folders.to.close();
  folders.previous.close();
}

/** @throws FileEngineError at the first thing that cannot be written, or `cancelled`. */
export function runBatch(batch: Batch, gauge: Gauge): BatchResult {
  const outcomes: CopyOutcome[] = [];
  const differences: Difference[] = [];
  if (batch.kind === 'copy') {
    for (const item of batch.items) {
      gauge.throwIfCancelled();
      outcomes.push(copyFile(item, folders, batch.rules, gauge));
    }
  } else {
    for (const item of batch.items) {
      gauge.throwIfCancelled();
      const difference = checkFile(item, folders.from, batch.rules, gauge);
      if (difference) differences.push(difference);
    }
  }
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

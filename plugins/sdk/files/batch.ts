import { checkFile, type Difference } from './check-file.js';
import { copyFile, type CopyItem, type CopyWays, type CopyOutcome } from './copy-file.js';
import { OpenFolders, pathOfPlace, placesBelow } from './file-place.js';
import type { Gauge } from './gauge.js';
import type { FileEntry } from './manifest.js';
import type { WriteRules } from './metadata.js';
import type { FolderRef } from './open-folder.js';

/** Work for one thread, synchronous from its first to its last file. */
export interface CopyBatch {
  readonly kind: 'copy';
  readonly to: FolderRef;
  /** The folder `files/` of the snapshot whose unchanged files are shared; null if there is none. */
  readonly previous: FolderRef | null;
  readonly items: readonly CopyItem[];
  readonly rules: WriteRules;
  /** What is in `to` already was left by an interrupted copy, and is kept where it is right. */
  readonly resumes: boolean;
}
export interface CheckBatch {
  readonly kind: 'check';
  /** The folder `files/` of the snapshot. */
  readonly root: FolderRef;
  readonly entries: readonly FileEntry[];
  readonly rules: WriteRules;
}
export type Batch = CopyBatch | CheckBatch;

export interface BatchResult {
  readonly outcomes: readonly CopyOutcome[];
  readonly differences: readonly Difference[];
}

/** The folders that this thread holds open. One may be in use for each purpose at a time. */
const folders: CopyWays['folders'] = { from: new OpenFolders(), to: new OpenFolders(), previous: new OpenFolders() };

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
    const { resumes } = batch;
    const ways = {
      folders,
      to: placesBelow(batch.to),
      previous: batch.previous && placesBelow(batch.previous),
      resumes,
    };
    for (const item of batch.items) {
      gauge.throwIfCancelled();
      gauge.at(pathOfPlace(item.from));
      outcomes.push(copyFile(item, ways, batch.rules, gauge));
    }
  } else {
    const at = placesBelow(batch.root);
    for (const entry of batch.entries) {
      gauge.throwIfCancelled();
      const place = at(entry.path);
      gauge.at(pathOfPlace(place));
      const difference = checkFile(place, entry, folders.from, batch.rules, gauge);
      if (difference) differences.push(difference);
    }
  }
  gauge.at(null);
  return { outcomes, differences };
}

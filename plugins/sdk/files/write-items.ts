import { mkdirSync, symlinkSync } from 'node:fs';
import { intoBatches, type CopyBatch } from './batch.js';
import { joinBytes, toBuffer, type ByteString } from './bytes.js';
import type { CopyItem, CopyOutcome } from './copy-file.js';
import { writeError } from './errors.js';
import type { Gauge } from './gauge.js';
import type { DirectoryEntry, FileEntry, SymlinkEntry } from './manifest.js';
import { applyToLink, applyToPath, type WriteRules } from './metadata.js';
import { runBatches } from './pool.js';

/** A file to be written below a folder. */
export interface FileToWrite extends Omit<CopyItem, 'index' | 'to'> {
  readonly path: ByteString;
}

export interface ItemsToWrite {
  /** Each before what it holds. Paths are relative to the folder that is written into. */
  readonly directories: readonly DirectoryEntry[];
  readonly files: readonly FileToWrite[];
  readonly symlinks: readonly SymlinkEntry[];
}

/**
 * Writes folders, files and links below `root`, which must hold none of them yet. Links come after all files, so that nothing
 * is ever written through one; what is known of folders is set last, since writing into them changes their times.
 * @returns what became of each file; the entry for a linked or expected one is the caller's own.
 * @throws FileEngineError at the first thing that cannot be written.
 */
export async function writeItems(
  root: ByteString,
  items: ItemsToWrite,
  rules: WriteRules,
  gauge: Gauge,
): Promise<CopyOutcome[]> {
  for (const { path } of items.directories) {
    writing(joinBytes(root, path), gauge, (target) => mkdirSync(toBuffer(target), 0o700));
  }
  const outcomes = await writeFiles(root, items.files, rules, gauge);
  gauge.throwIfCancelled();
  if (rules.keeps.symlinks) {
    for (const link of items.symlinks) writing(joinBytes(root, link.path), gauge, (to) => writeLink(link, to, rules));
  }
  for (const directory of items.directories.toReversed()) {
    writing(joinBytes(root, directory.path), gauge, (target) => applyToPath(target, directory, true, rules));
  }
  return outcomes;
}

async function writeFiles(
  root: ByteString,
  files: readonly FileToWrite[],
  rules: WriteRules,
  gauge: Gauge,
): Promise<CopyOutcome[]> {
  const items = files.map(({ path, ...file }, index): CopyItem => ({ ...file, index, to: joinBytes(root, path) }));
  // A file that is only linked is no work, however large.
  const batches = intoBatches(items, ({ link, size }) => (link ? 0 : size));
  const results = await runBatches(
    batches.map((batch): CopyBatch => ({ kind: 'copy', items: batch, rules })),
    gauge,
  );
  return results.flatMap(({ outcomes }) => outcomes).sort((a, b) => a.index - b.index);
}

function writeLink(link: SymlinkEntry, to: ByteString, rules: WriteRules): void {
  symlinkSync(toBuffer(link.target), toBuffer(to));
  applyToLink(to, link, rules);
}

function writing(target: ByteString, gauge: Gauge, work: (target: ByteString) => void): void {
  gauge.at(target);
  try {
    work(target);
  } catch (error) {
    throw writeError(error, target, gauge.remainingBytes());
  }
}

/** The files of a manifest as they are to be written from where they stand below `from`, and compared. */
export function fromManifest(
  from: ByteString,
  entries: readonly FileEntry[],
  linkOf: (entry: FileEntry) => CopyItem['link'],
): FileToWrite[] {
  return entries.map((entry) => ({
    path: entry.path,
    from: joinBytes(from, entry.path),
    size: entry.size,
    move: false,
    link: linkOf(entry),
    expected: entry,
  }));
}

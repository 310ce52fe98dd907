import { intoBatches, type CopyBatch } from './batch.js';
import { joinBytes, type ByteString } from './bytes.js';
import type { CopyItem, CopyOutcome } from './copy-file.js';
import { writeError } from './errors.js';
import { OpenFolders, placesBelow } from './file-place.js';
import type { Gauge } from './gauge.js';
import type { DirectoryEntry, FileEntry, SymlinkEntry } from './manifest.js';
import { applyToFolder, applyToLink, type WriteRules } from './metadata.js';
import type { FolderRef, OpenFolder } from './open-folder.js';
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
  /** The folder that holds the files that are linked; null if none are. */
  readonly previous: FolderRef | null;
}

/**
 * Writes folders, files and links below `root`, which must hold none of them yet. Folders are open to their owner only until
 * all is in them; what is known of them is set last, since writing into them changes their times. Links come after all files.
 * @returns what became of each file; the entry for a linked or expected one is the caller's own.
 * @throws FileEngineError at the first thing that cannot be written.
 */
export async function writeItems(
  root: FolderRef,
  items: ItemsToWrite,
  rules: WriteRules,
  gauge: Gauge,
): Promise<CopyOutcome[]> {
  const folders = new OpenFolders();
  const at = placesBelow(root);
  const writing = (path: ByteString, work: (folder: OpenFolder, name: ByteString) => void): void => {
    gauge.at(joinBytes(root.path, path));
    try {
      const { folder, name } = at(path);
      work(folders.get(folder), name);
    } catch (error) {
      throw writeError(error, joinBytes(root.path, path), gauge.remainingBytes());
    }
  };
  try {
    for (const { path } of items.directories) writing(path, (folder, name) => folder.makeChild(name).close());
    const outcomes = await writeFiles(root, items, rules, gauge);
    gauge.throwIfCancelled();
    if (rules.keeps.symlinks) {
      for (const link of items.symlinks) writing(link.path, (folder, name) => writeLink(folder, name, link, rules));
    }
    for (const directory of items.directories.toReversed()) {
      writing(directory.path, (folder, name) => applyToFolder(folder, name, directory, rules));
    }
    return outcomes;
  } finally {
    folders.close();
  }
}

async function writeFiles(
  to: FolderRef,
  { files, previous }: ItemsToWrite,
  rules: WriteRules,
  gauge: Gauge,
): Promise<CopyOutcome[]> {
  const items = files.map(
    // Written out, since there may be millions of them, and spreading takes several times as long.
    ({ path, from, size, move, link, mode, expected }, index): CopyItem => ({
      index,
      from,
      to: path,
      size,
      move,
      link,
      mode,
      expected,
    }),
  );
  // A file that is only linked is no work, however large.
  const batches = intoBatches(items, ({ link, size }) => (link?.doubt === null ? 0 : size));
  const results = await runBatches(
    batches.map((batch): CopyBatch => ({ kind: 'copy', to, previous, items: batch, rules })),
    gauge,
  );
  return results.flatMap(({ outcomes }) => outcomes).sort((a, b) => a.index - b.index);
}

function writeLink(folder: OpenFolder, name: ByteString, link: SymlinkEntry, rules: WriteRules): void {
  folder.makeLink(name, link.target);
  applyToLink(folder, name, link, rules);
}

/** The files of a manifest as they are to be written from where they stand below `from`, and compared. */
export function fromManifest(
  from: FolderRef,
  entries: readonly FileEntry[],
  linkOf: (entry: FileEntry) => CopyItem['link'],
): FileToWrite[] {
  const at = placesBelow(from);
  return entries.map((entry) => ({
    path: entry.path,
    from: at(entry.path),
    size: entry.size,
    move: false,
    link: linkOf(entry),
    mode: entry.mode,
    expected: entry,
  }));
}

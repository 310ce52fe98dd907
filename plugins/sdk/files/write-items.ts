import type { BatchResult, CopyBatch } from './batch.js';
import { joinBytes, type ByteString } from './bytes.js';
import type { CopyItem, CopyOutcome } from './copy-file.js';
import { writeError } from './errors.js';
import { OpenFolders, placesBelow } from './file-place.js';
import type { Gauge } from './gauge.js';
import { divided, inOrder, isLarge, type Piece } from './in-order.js';
import type { DirectoryEntry, FileEntry, SymlinkEntry } from './manifest.js';
import { applyToFolder, applyToLink, type WriteRules } from './metadata.js';
import type { FolderRef, OpenFolder } from './open-folder.js';
import { FoldersAbove } from './path-order.js';
import type { BatchPool } from './pool.js';

/** A file to be written below a folder. */
export interface FileToWrite extends Omit<CopyItem, 'index' | 'to'> {
  readonly path: ByteString;
}

/** Where files are written, and how. */
export interface Writing {
  readonly root: FolderRef;
  /** The folder that holds the files that are linked; null if none are. */
  readonly previous: FolderRef | null;
  readonly rules: WriteRules;
  /** Files may be there already, of an interrupted copy. */
  readonly resumes: boolean;
}

/** What became of something: null for what is not a file. */
export interface Written<Item> {
  readonly item: Item;
  readonly file: FileToWrite | null;
  readonly outcome: CopyOutcome | null;
}

/** What is written: any number of items in the order of their paths, of which only a few are held. */
export interface ItemsToWrite<Item> {
  readonly items: Iterable<Item>;
  /** Null for what is not a file. Called in the order of the items. */
  toWrite(item: Item): FileToWrite | null;
  /** Some of the largest files, which are begun first. */
  readonly first: readonly FileToWrite[];
  /** In the order of the items. */
  onWritten(written: Written<Item>): void;
}

/**
 * Writes the files among the items; their folders must be there, and the files must not.
 * @throws FileEngineError at the first thing that cannot be written.
 */
export async function writeFiles<Item>(
  writing: Writing,
  { items, toWrite, first, onWritten }: ItemsToWrite<Item>,
  pool: BatchPool,
  gauge: Gauge,
): Promise<void> {
  const early = new Map<ByteString, { readonly file: FileToWrite; readonly result: Promise<BatchResult> }>();
  for (const file of first) {
    await pool.room();
    early.set(file.path, { file, result: pool.submit(batchOf([file], writing)) });
  }
  type Pair = readonly [Item, FileToWrite | null];
  function* pairs(): Generator<Pair> {
    for (const item of items) {
      const file = toWrite(item);
      yield [item, file && (early.get(file.path)?.file ?? file)];
    }
  }
  function* pieces(): Generator<Piece<Pair>> {
    for (const part of divided(pairs(), ([, file]) => file && workOf(file))) {
      const files = part.flatMap(([, file]) => file ?? []);
      const begun = files[0] && early.get(files[0].path);
      const start = () => (files.length === 0 ? null : (begun?.result ?? pool.submit(batchOf(files, writing))));
      yield { items: part, start };
    }
  }
  await inOrder(pieces(), pool, gauge, (part, result) => {
    // A piece that was started early has one file, and its outcome the number of that.
    const outcomes = new Map(result?.outcomes.map((outcome) => [outcome.index, outcome]));
    let index = 0;
    for (const [item, file] of part) onWritten({ item, file, outcome: file ? (outcomes.get(index++) ?? null) : null });
  });
}

/** Of a file, in bytes: one that is only linked is not a work, however large. */
function workOf({ size, link }: FileToWrite): number {
  return link?.doubt === null ? 0 : size;
}

/** Whether it is worth while to begin with a file. */
export function isBegunFirst(file: FileToWrite): boolean {
  return isLarge(workOf(file));
}

function batchOf(files: readonly FileToWrite[], { root, previous, rules, resumes }: Writing): CopyBatch {
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
  return { kind: 'copy', to: root, previous, items, rules, resumes };
}

/** Makes folders below another, each before what it holds, open to their owner only until {@link finishItems}. */
export class FolderMaker {
  readonly #folders = new OpenFolders();
  readonly #at: ReturnType<typeof placesBelow>;

  constructor(
    private readonly root: FolderRef,
    private readonly gauge: Gauge,
    /** They may be there already. */
    private readonly resumes = false,
  ) {
    this.#at = placesBelow(root);
  }

  /** @throws FileEngineError */
  make({ path }: DirectoryEntry): void {
    writing(this.root, path, this.gauge, () => {
      const { folder, name } = this.#at(path);
      const parent = this.#folders.get(folder);
      const there = this.resumes ? parent.childIfThere(name) : null;
      (there ?? parent.makeChild(name)).close();
    });
  }

  close(): void {
    this.#folders.close();
  }
}

/**
 * Writes links, after all files, and sets what is known of folders, after all that is in them: writing into them changes their
 * times, and some cannot be written into afterwards.
 * @param others in the order of their paths
 */
export function finishItems(
  root: FolderRef,
  others: Iterable<DirectoryEntry | SymlinkEntry>,
  rules: WriteRules,
  gauge: Gauge,
): void {
  const folders = new OpenFolders();
  const at = placesBelow(root);
  const finish = (entry: DirectoryEntry | SymlinkEntry, work: (folder: OpenFolder, name: ByteString) => void): void => {
    writing(root, entry.path, gauge, () => {
      const { folder, name } = at(entry.path);
      work(folders.get(folder), name);
    });
  };
  const above = new FoldersAbove<DirectoryEntry>((entry) =>
    finish(entry, (folder, name) => applyToFolder(folder, name, entry, rules)),
  );
  try {
    for (const entry of others) {
      gauge.throwIfCancelled();
      above.advance(entry.path);
      if (entry.type === 'directory') above.enter(entry.path, entry);
      else if (rules.keeps.symlinks) finish(entry, (folder, name) => writeLink(folder, name, entry, rules));
    }
    above.end();
  } finally {
    folders.close();
  }
}

function writing(root: FolderRef, path: ByteString, gauge: Gauge, work: () => void): void {
  gauge.at(joinBytes(root.path, path));
  try {
    work();
  } catch (error) {
    throw writeError(error, joinBytes(root.path, path), gauge.remainingBytes());
  }
}

function writeLink(folder: OpenFolder, name: ByteString, link: SymlinkEntry, rules: WriteRules): void {
  folder.makeLink(name, link.target);
  applyToLink(folder, name, link, rules);
}

/** The files of a manifest as they are to be written from where they are below `from`, and compared. */
export function fromManifest(
  from: FolderRef,
  linkOf: (entry: FileEntry) => CopyItem['link'],
): (entry: FileEntry) => FileToWrite {
  const at = placesBelow(from);
  return (entry) => ({
    path: entry.path,
    from: at(entry.path),
    size: entry.size,
    move: false,
    link: linkOf(entry),
    mode: entry.mode,
    expected: entry,
  });
}

import { lstatSync } from 'node:fs';
import type { SourceTree } from '../plugin.js';
import { toBuffer, toText, type ByteString } from './bytes.js';
import type { CountedPlace, CountedSource } from './engine-types.js';
import type { GatheredItem } from './gather.js';
import { mountOf, mountsNow } from './mounts.js';

/** One file system below one tree of a source; the same object for all that lies there. */
export interface ItemOrigin {
  readonly source: string;
  readonly tree: SourceTree;
  /** What was met first there: the tree itself, or the folder that the file system is mounted at. */
  readonly top: ByteString;
  readonly device: number;
  readonly inode: number;
}

/** Of each tree as many file systems are told apart as anybody can look through. */
const mostPlaces = 50;

/** Finds the {@link ItemOrigin} of what is met in a tree. */
export class OriginsOfTree {
  readonly #byDevice = new Map<number, ItemOrigin>();

  constructor(
    private readonly source: string,
    private readonly tree: SourceTree,
  ) {}

  of(path: ByteString, device: number, inode: number): ItemOrigin {
    const known = this.#byDevice.get(device);
    if (known) return known;
    const origin = { source: this.source, tree: this.tree, top: path, device, inode };
    this.#byDevice.set(device, origin);
    return origin;
  }
}

interface Tally {
  files: number;
  bytes: number;
  scanned: number;
}

/**
 * What was copied of each source, by path and file system, and whether that is still where it was.
 * @param isCopied the size of what the snapshot holds at a path; undefined if it holds nothing
 */
export function countSources(
  names: readonly string[],
  items: readonly GatheredItem[],
  sizeCopied: (path: ByteString) => number | undefined,
): readonly CountedSource[] {
  const tallies = new Map<ItemOrigin, Tally>();
  for (const item of items) {
    if (item.from === null) continue;
    const tally = tallies.get(item.origin) ?? { files: 0, bytes: 0, scanned: 0 };
    tallies.set(item.origin, tally);
    if (item.type !== 'file') continue;
    tally.scanned += 1;
    const size = sizeCopied(item.path);
    if (size === undefined) continue;
    tally.files += 1;
    tally.bytes += size;
  }
  const mounts = mountsNow();
  return names.map((name) => {
    const own = [...tallies].filter(([{ source }]) => source === name);
    const sum = (of: (tally: Tally) => number) => own.reduce((total, [, tally]) => total + of(tally), 0);
    return {
      source: name,
      files: sum(({ files }) => files),
      bytes: sum(({ bytes }) => bytes),
      scannedFiles: sum(({ scanned }) => scanned),
      places: own.map(([origin, tally]) => placeOf(origin, tally, mounts)).slice(0, mostPlaces),
    };
  });
}

function placeOf(origin: ItemOrigin, { files, bytes }: Tally, mounts: ReturnType<typeof mountsNow>): CountedPlace {
  const { tree, top } = origin;
  // What a plugin made lies in its scratch folder: where that is says nothing of the source.
  if (tree.owned) return { path: '', mountPoint: null, fileSystem: null, files, bytes, isThere: true };
  const isThere = isWhereItWas(origin);
  const { mountPoint, fileSystem } = isThere ? mountOf(top, mounts) : { mountPoint: null, fileSystem: null };
  return {
    path: tree.path,
    mountPoint: mountPoint === null ? null : toText(mountPoint),
    fileSystem,
    files,
    bytes,
    isThere,
  };
}

/** Whether the folder is still the one that was scanned: a disk that was pulled leaves another one in its place. */
function isWhereItWas({ top, device, inode }: ItemOrigin): boolean {
  const stats = lstatSync(toBuffer(top), { throwIfNoEntry: false });
  return stats?.dev === device && stats.ino === inode;
}

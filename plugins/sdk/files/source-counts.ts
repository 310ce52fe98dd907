import { lstatSync } from 'node:fs';
import type { SourceTree } from '../plugin.js';
import { toBuffer, toText, type ByteString } from './bytes.js';
import type { CountedPlace, CountedSource } from './engine-types.js';
import { mountOf, mountsNow } from './mounts.js';

/** One file system below one tree of a source; the same object for all that is there. */
export interface ItemOrigin {
  readonly source: string;
  readonly tree: SourceTree;
  /** What was met first there: the tree itself, or the folder that the file system is mounted at. */
  readonly top: ByteString;
  readonly device: number;
  readonly inode: number;
}

/** Of each tree as many file systems are distinguished as anybody can look through. */
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

/** Counts what was copied of each source, by path and file system, and whether that is still where it was. */
export class SourceTallies {
  readonly #tallies = new Map<ItemOrigin, Tally>();

  /** Something was met there. */
  scanned(origin: ItemOrigin, isFile: boolean): void {
    const tally = this.#tallies.get(origin) ?? { files: 0, bytes: 0, scanned: 0 };
    this.#tallies.set(origin, tally);
    if (isFile) tally.scanned += 1;
  }

  copied(origin: ItemOrigin, bytes: number): void {
    const tally = this.#tallies.get(origin);
    if (!tally) return;
    tally.files += 1;
    tally.bytes += bytes;
  }

  /** @param names of the sources, in their order */
  count(names: readonly string[]): readonly CountedSource[] {
    const mounts = mountsNow();
    return names.map((name) => {
      const own = [...this.#tallies].filter(([{ source }]) => source === name);
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
}

function placeOf(origin: ItemOrigin, { files, bytes }: Tally, mounts: ReturnType<typeof mountsNow>): CountedPlace {
  const { tree, top } = origin;
  // What a plugin made is in its scratch folder: where that is says nothing of the source.
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

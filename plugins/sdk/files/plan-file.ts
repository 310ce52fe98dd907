import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { toBuffer, type ByteString } from './bytes.js';
import type { FolderPlace } from './file-place.js';
import type { DirectoryEntry, SymlinkEntry } from './manifest.js';
import { readLines } from './manifest-lines.js';
import type { Metadata } from './metadata.js';
import type { FolderIdentity, FolderRef, OpenFolder } from './open-folder.js';
import type { ScannedItem } from './scan.js';
import type { ItemOrigin } from './source-counts.js';
import { joinBytes } from './bytes.js';

/** A file that is to be copied, as it was scanned. */
export type PlannedFile = Metadata &
  Pick<Extract<ScannedItem, { type: 'file' }>, 'at' | 'size' | 'ctimeNs' | 'ino' | 'owned'> & {
    readonly type: 'file';
    readonly path: ByteString;
    readonly origin: ItemOrigin;
  };
export type PlannedItem = PlannedFile | DirectoryEntry | SymlinkEntry;

/** So many are kept in memory, which takes some 15 MB; what most jobs have is not written at all. */
const mostHeld = 24 * 1024;

const flushAt = 1024 * 1024;
/** Begins with what it is; so what is no file is found without looking at all that files have. */
const [folderMark, fileMark, directoryMark, symlinkMark] = ['[0', '[1', '[2', '[3'];

type FolderLine = [number, number, ByteString, FolderIdentity | null];
type MetadataLine = [number, ByteString, number, number, number, number];
type FileLine = [...MetadataLine, ByteString, number, string, string, number, number];

/**
 * What a scan has found, in its order, in a file without a name: a source may have more files than fit into memory.
 * Few are only held. Add all of it, then read it as often as needed. It is gone when it is closed, and when the process is killed.
 */
export class PlanFile {
  private readonly fd: number;
  private readonly roots = new Numbered<FolderRef>();
  private readonly origins = new Numbered<ItemOrigin>();
  private folder: FolderPlace | null = null;
  private text = '';
  private written = 0;
  /** As long as they are few; null once they are in the file. */
  private held: PlannedItem[] | null = [];

  constructor(
    private readonly below: OpenFolder,
    private readonly name = '.probe-plan',
  ) {
    this.fd = openSync(toBuffer(joinBytes(below.address, name)), 'wx+', 0o600);
    this.unlink();
  }

  add(item: PlannedItem): void {
    if (!this.held) return this.write(item);
    this.held.push(item);
    if (this.held.length < mostHeld) return;
    for (const one of this.held) this.write(one);
    this.held = null;
  }

  /** Everything, in its order. */
  *items(): Generator<PlannedItem> {
    if (this.held) return yield* this.held;
    let folder: FolderPlace | null = null;
    for (const line of this.lines()) {
      if (line.startsWith(folderMark)) folder = this.folderOf(line);
      else if (!line.startsWith(fileMark)) yield otherOf(line);
      else if (folder) yield this.fileOf(line, folder);
    }
  }

  /** Its folders and links alone. */
  *others(): Generator<DirectoryEntry | SymlinkEntry> {
    if (this.held) return yield* this.held.filter((item) => item.type !== 'file');
    for (const line of this.lines()) {
      if (line.startsWith(directoryMark) || line.startsWith(symlinkMark)) yield otherOf(line);
    }
  }

  close(): void {
    closeSync(this.fd);
    this.unlink();
  }

  private write(item: PlannedItem): void {
    const { path, mtimeUs, mode, uid, gid } = item;
    switch (item.type) {
      case 'directory':
        return this.line([2, path, mtimeUs, mode, uid, gid]);
      case 'symlink':
        return this.line([3, path, mtimeUs, mode, uid, gid, item.target]);
      case 'file': {
        this.enter(item.at.folder);
        const { ctimeNs, ino, size, owned, at } = item;
        const rest = [at.name, size, String(ctimeNs), String(ino), owned ? 1 : 0, this.origins.of(item.origin)];
        return this.line([1, path, mtimeUs, mode, uid, gid, ...rest]);
      }
    }
  }

  private *lines(): Generator<string, void, undefined> {
    this.flush();
    yield* readLines(this.fd, undefined, 'latin1');
  }

  private enter(folder: FolderPlace): void {
    if (folder === this.folder) return;
    this.folder = folder;
    this.line([0, this.roots.of(folder.root), folder.path, folder.identity]);
  }

  private folderOf(line: string): FolderPlace | null {
    const [, root, path, identity] = JSON.parse(line) as FolderLine;
    const ref = this.roots.at(root);
    return ref ? { root: ref, path, identity } : null;
  }

  private fileOf(line: string, folder: FolderPlace): PlannedFile {
    const [, path, mtimeUs, mode, uid, gid, name, size, ctimeNs, ino, owned, number] = JSON.parse(line) as FileLine;
    const origin = this.origins.at(number);
    if (!origin) throw new Error(`the plan of a snapshot names the origin ${number}, which it does not have`);
    const file = { type: 'file', path, mtimeUs, mode, uid, gid, at: { folder, name }, size } as const;
    return Object.assign(file, { ctimeNs: BigInt(ctimeNs), ino: BigInt(ino), owned: owned === 1, origin });
  }

  private line(values: readonly unknown[]): void {
    this.text += `${JSON.stringify(values)}\n`;
    if (this.text.length > flushAt) this.flush();
  }

  private flush(): void {
    const chunk = toBuffer(this.text);
    this.text = '';
    for (let done = 0; done < chunk.length;) {
      done += writeSync(this.fd, chunk, done, chunk.length - done, this.written + done);
    }
    this.written += chunk.length;
  }

  /** Some shares do not let go of the name of an open file: it goes when it is closed then. */
  private unlink(): void {
    try {
      unlinkSync(toBuffer(joinBytes(this.below.address, this.name)));
    } catch {
      // It has no name any more, or keeps it until the next attempt.
    }
  }
}

function otherOf(line: string): DirectoryEntry | SymlinkEntry {
  const [, path, mtimeUs, mode, uid, gid, target] = JSON.parse(line) as [...MetadataLine, ByteString?];
  const base = { path, mtimeUs, mode, uid, gid };
  return target === undefined ? { ...base, type: 'directory' } : { ...base, type: 'symlink', target };
}

/** Gives each of a few things a number. */
class Numbered<Thing> {
  private readonly numbers = new Map<Thing, number>();
  private readonly things: Thing[] = [];

  of(thing: Thing): number {
    const known = this.numbers.get(thing);
    if (known !== undefined) return known;
    this.numbers.set(thing, this.things.length);
    return this.things.push(thing) - 1;
  }

  at(number: number): Thing | undefined {
    return this.things[number];
  }
}

import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  type BigIntStats,
} from 'node:fs';
import { fromBuffer, fromText, joinBytes, toBuffer, toText, type ByteString } from './bytes.js';
import { FileEngineError } from './engine-types.js';
import { errnoOf } from './errors.js';
import { forUtimes, type Microseconds } from './mtime.js';

/** Device and inode: the same for one folder, whatever leads to it. */
export type FolderIdentity = string;

/** A folder in the form in which it passes between threads: {@link OpenFolder.again} opens it there. */
export interface FolderRef {
  readonly path: ByteString;
  readonly identity: FolderIdentity;
}

/** What a folder holds under one name. */
export interface FolderItem {
  readonly name: ByteString;
  readonly isFolder: boolean;
}

/** Linux opens a folder with it as a place only: no right to read is needed. Node has no constant for it. */
const O_PATH = 0o10000000;
const { O_DIRECTORY = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants;

/**
 * A folder that was opened, and stays this one whatever happens to its name. Everything in it is reached relative to it, one
 * name at a time, and never through a symbolic link: what was checked is what is used.
 *
 * On Linux that is certain: the folder is held open, and `/proc/self/fd/<number>/<name>` starts at it (Node has no `openat`).
 * Elsewhere, or without `/proc`, its path is compared by device and inode before each use, which leaves a moment in between.
 *
 * Names are single segments of a path. Functions throw Node's own errors, unless it says otherwise; `unsafe` says what
 * cannot be trusted, and what to do. Close it, or use {@link usingFolder}.
 */
export class OpenFolder {
  #open = true;
  private readonly held: ByteString | null;

  private constructor(
    /** Where it was found; for people, and for {@link again}. */
    readonly path: ByteString,
    /** As it was opened. */
    readonly stats: BigIntStats,
    /** Null where its path is used. */
    private readonly fd: number | null,
  ) {
    this.held = fd === null ? null : `/proc/self/fd/${fd}`;
  }

  /**
   * Opens a folder by an absolute path.
   * @param expected what it must be, if that is known: then links on the way do not matter.
   * @throws FileEngineError `unsafe` if it is a link, or another folder than expected.
   */
  static open(path: ByteString, expected?: FolderIdentity): OpenFolder {
    return openAt(path, path, expected);
  }

  /** Opens in this thread what another has open. @throws FileEngineError `unsafe` if another folder has its path now. */
  static again({ path, identity }: FolderRef): OpenFolder {
    return openAt(path, path, identity);
  }

  /** For {@link openAt} only. */
  static opened(path: ByteString, stats: BigIntStats, fd: number | null): OpenFolder {
    return new OpenFolder(path, stats, fd);
  }

  get identity(): FolderIdentity {
    return identityOf(this.stats);
  }

  get ref(): FolderRef {
    return { path: this.path, identity: this.identity };
  }

  /** Leads to this folder from anywhere in this process, also for functions that are not here. */
  get address(): ByteString {
    if (!this.#open) throw new Error(`${toText(this.path)} is used after it was closed`);
    if (this.held !== null) return this.held;
    if (identityAt(this.path) !== this.identity) throw exchanged(this.path);
    return this.path;
  }

  /** The path of something in it, for people. */
  pathOf(name: ByteString): ByteString {
    return joinBytes(this.path, name);
  }

  // ── folders in it ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** @throws FileEngineError `unsafe` if it is a link, or another folder than expected. */
  child(name: ByteString, expected?: FolderIdentity): OpenFolder {
    return openAt(this.#addressOf(name), this.pathOf(name), expected);
  }

  /** Null if nothing has that name. */
  childIfThere(name: ByteString): OpenFolder | null {
    try {
      return this.child(name);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  /** Makes a folder for the owner only; whatever has that name already is an error (EEXIST). @throws FileEngineError `unsafe` */
  makeChild(name: ByteString): OpenFolder {
    mkdirSync(toBuffer(this.#addressOf(name)), 0o700);
    const made = this.child(name);
    try {
      if (made.isEmpty() && made.belongsToUs()) return made;
      throw exchanged(made.path);
    } catch (error) {
      made.close();
      throw error;
    }
  }

  /** The folder at a relative path. @throws FileEngineError `unsafe` if a part of it is a link. */
  descend(path: ByteString): OpenFolder {
    const [first = '', ...rest] = path.split('/');
    let folder = this.child(first);
    for (const name of rest) folder = usingFolder(folder, (parent) => parent.child(name));
    return folder;
  }

  // ── what is in it ──────────────────────────────────────────────────────────────────────────────────────────────────

  names(): ByteString[] {
    return readdirSync(toBuffer(this.address), { encoding: 'latin1' });
  }

  isEmpty(): boolean {
    return readdirSync(toBuffer(this.address)).length === 0;
  }

  items(): FolderItem[] {
    const entries = readdirSync(toBuffer(this.address), { encoding: 'latin1', withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  }

  /** Null if nothing has that name. */
  lstat(name: ByteString): BigIntStats | null {
    return lstatSync(toBuffer(this.#addressOf(name)), { bigint: true, throwIfNoEntry: false }) ?? null;
  }

  /** @returns a descriptor. A link is an error (ELOOP); a FIFO does not make it wait. */
  openFile(name: ByteString): number {
    return openSync(toBuffer(this.#addressOf(name)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  }

  /** Makes a file for the owner only; whatever has that name already is an error (EEXIST). @returns a descriptor */
  createFile(name: ByteString): number {
    return openSync(toBuffer(this.#addressOf(name)), 'wx', 0o600);
  }

  readlink(name: ByteString): ByteString {
    return fromBuffer(readlinkSync(toBuffer(this.#addressOf(name)), { encoding: 'buffer' }));
  }

  makeLink(name: ByteString, target: ByteString): void {
    symlinkSync(toBuffer(target), toBuffer(this.#addressOf(name)));
  }

  /** Gives a file a further name in `to`, which must not be taken. */
  hardLink(name: ByteString, to: OpenFolder, newName: ByteString): void {
    linkSync(toBuffer(this.#addressOf(name)), toBuffer(to.#addressOf(newName)));
  }

  /** As `rename(2)`: replaces a file of the new name, and an empty folder by a folder. */
  rename(name: ByteString, to: OpenFolder, newName: ByteString): void {
    renameSync(toBuffer(this.#addressOf(name)), toBuffer(to.#addressOf(newName)));
  }

  /** Removes a file, or a link itself. */
  unlink(name: ByteString): void {
    unlinkSync(toBuffer(this.#addressOf(name)));
  }

  /** Removes an empty folder. */
  rmdir(name: ByteString): void {
    rmdirSync(toBuffer(this.#addressOf(name)));
  }

  setLinkOwner(name: ByteString, uid: number, gid: number): void {
    lchownSync(toBuffer(this.#addressOf(name)), uid, gid);
  }

  setLinkTime(name: ByteString, mtimeUs: Microseconds): void {
    lutimesSync(toBuffer(this.#addressOf(name)), forUtimes(mtimeUs), forUtimes(mtimeUs));
  }

  // ── the folder itself ──────────────────────────────────────────────────────────────────────────────────────────────

  /** As it is now. */
  look(): BigIntStats {
    return statSync(toBuffer(this.address), { bigint: true });
  }

  setOwner(uid: number, gid: number): void {
    chownSync(toBuffer(this.address), uid, gid);
  }

  setMode(mode: number): void {
    chmodSync(toBuffer(this.address), mode);
  }

  setTime(mtimeUs: Microseconds): void {
    utimesSync(toBuffer(this.address), forUtimes(mtimeUs), forUtimes(mtimeUs));
  }

  /**
   * Whether its owner is who runs this process. Some file systems show another owner of what we make (FAT, a share that is
   * mounted for one user, one that takes root for `nobody`): then the owner of a file made in it is compared.
   */
  belongsToUs(): boolean {
    const us = process.geteuid?.();
    if (us === undefined || this.stats.uid === BigInt(us)) return true;
    const name = fromText(`.owner-${process.pid}-${Math.random().toString(36).slice(2)}`);
    try {
      const fd = this.createFile(name);
      try {
        const { uid } = fstatSync(fd, { bigint: true });
        return uid === this.stats.uid;
      } finally {
        closeSync(fd);
        this.unlink(name);
      }
    } catch {
      return false;
    }
  }

  /** Makes renames within it durable. Windows has no such thing for folders. */
  sync(): void {
    if (process.platform === 'win32') return;
    const fd = openSync(toBuffer(this.address), O_RDONLY | O_DIRECTORY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.fd !== null) closeSync(this.fd);
  }

  #addressOf(name: ByteString): ByteString {
    if (!isSegment(name)) throw new FileEngineError('bad-argument', `"${toText(name)}" is not a file name`);
    const { address } = this;
    return address === '/' ? address + name : `${address}/${name}`;
  }
}

/** Works with a folder, and closes it. */
export function usingFolder<Result>(folder: OpenFolder, work: (folder: OpenFolder) => Result): Result {
  try {
    return work(folder);
  } finally {
    folder.close();
  }
}

/** The same for work that takes its time. */
export async function usingFolderFor<Result>(
  folder: OpenFolder,
  work: (folder: OpenFolder) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(folder);
  } finally {
    folder.close();
  }
}

export function identityOf({ dev, ino }: BigIntStats): FolderIdentity {
  return `${dev}:${ino}`;
}

/** Whether someone else than its owner may write to it. */
export function othersMayWrite({ mode }: BigIntStats): boolean {
  return process.platform !== 'win32' && (mode & 0o022n) !== 0n;
}

/** The error for what cannot be trusted. @param text after the path, with what to do. */
export function unsafe(path: ByteString, text: string, cause?: unknown): FileEngineError {
  const place = toText(path);
  return new FileEngineError('unsafe', `${place} ${text}`, place, { cause });
}

const noSegment = process.platform === 'win32' ? /^\.{0,2}$|[/\0\\:]/ : /^\.{0,2}$|[/\0]/;

function isSegment(name: ByteString): boolean {
  return !noSegment.test(name);
}

/**
 * @param address where it is looked for
 * @param path where that is, for people
 */
function openAt(address: ByteString, path: ByteString, expected?: FolderIdentity): OpenFolder {
  const folder = holdsOpen() ? hold(address, path, expected) : compare(address, path, expected);
  if (expected === undefined || folder.identity === expected) return folder;
  folder.close();
  throw exchanged(path);
}

function hold(address: ByteString, path: ByteString, expected?: FolderIdentity): OpenFolder {
  const follow = expected === undefined ? O_NOFOLLOW : 0;
  let fd: number;
  try {
    fd = openSync(toBuffer(address), O_PATH | O_DIRECTORY | follow);
  } catch (error) {
    if (isLink(address)) throw linked(path);
    throw error;
  }
  try {
    return OpenFolder.opened(path, fstatSync(fd, { bigint: true }), fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function compare(address: ByteString, path: ByteString, expected?: FolderIdentity): OpenFolder {
  const look = expected === undefined ? lstatSync : statSync;
  const stats = look(toBuffer(address), { bigint: true });
  if (stats.isSymbolicLink()) throw linked(path);
  if (!stats.isDirectory()) throw Object.assign(new Error(`${toText(path)} is not a folder`), { code: 'ENOTDIR' });
  return OpenFolder.opened(path, stats, null);
}

function isLink(address: ByteString): boolean {
  try {
    return lstatSync(toBuffer(address)).isSymbolicLink();
  } catch {
    return false;
  }
}

function identityAt(path: ByteString): FolderIdentity | null {
  const stats = statSync(toBuffer(path), { bigint: true, throwIfNoEntry: false });
  return stats ? identityOf(stats) : null;
}

function linked(path: ByteString): FileEngineError {
  return unsafe(path, 'is a symbolic link, and links are not followed: remove it, or replace it with a folder');
}

function exchanged(path: ByteString): FileEngineError {
  return unsafe(path, 'was replaced by another folder: check who else can write there');
}

let held: boolean | undefined;

/** Whether this system lets us hold folders open and start at them; tried once. */
function holdsOpen(): boolean {
  held ??= process.platform === 'linux' && tryHolding();
  return held;
}

function tryHolding(): boolean {
  try {
    const fd = openSync('/', O_PATH | O_DIRECTORY | O_NOFOLLOW);
    try {
      return identityAt(`/proc/self/fd/${fd}`) === identityOf(fstatSync(fd, { bigint: true }));
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

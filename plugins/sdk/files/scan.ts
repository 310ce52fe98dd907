import { lstatSync, statSync, type BigIntStats } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { SourceTree } from '../plugin.js';
import { fromText, joinBytes, toBuffer, toText, type ByteString } from './bytes.js';
import { FileEngineError, type Notice } from './engine-types.js';
import { describeErrno, errnoOf } from './errors.js';
import { nameOf, type FilePlace, type FolderPlace } from './file-place.js';
import type { Gauge } from './gauge.js';
import { compileExclusions, type ExclusionMatcher } from './glob.js';
import { metadataOf, type Metadata } from './metadata.js';
import { mostNamed, ownOutputAbove, ownOutputIn } from './own-output.js';
import { identityOf, OpenFolder, usingFolder, type FolderRef } from './open-folder.js';

/** Something found in a tree, with where it is to be stored. */
export type ScannedItem = Metadata & {
  /** Absolute. */
  readonly from: ByteString;
  /** Relative to the source's folder; empty for that folder itself. */
  readonly path: ByteString;
  readonly owned: boolean;
  readonly device: number;
  readonly inode: number;
} & (
    | {
        readonly type: 'file';
        readonly at: FilePlace;
        readonly size: number;
        readonly bytesOnDisk: number;
        readonly ctimeNs: bigint;
        readonly ino: bigint;
      }
    | { readonly type: 'directory' }
    | { readonly type: 'symlink'; readonly target: ByteString }
  );

export interface ScanOptions {
  readonly gauge: Gauge;
  /** Folders that are not entered, by {@link folderIdentity}. */
  readonly leaveOut: ReadonlySet<string>;
  /** Absolute paths that are not even looked at. */
  readonly leaveOutPaths: ReadonlySet<ByteString>;
  onNotice(notice: Notice): void;
  /** Takes the exclusions that have matched something, as they are written. */
  readonly usedExclusions?: Set<string>;
}

/** The same for every path that leads to a folder, also by links; null if there is none. */
export function folderIdentity(path: ByteString): string | null {
  const stats = statSync(toBuffer(path), { bigint: true, throwIfNoEntry: false });
  return stats?.isDirectory() ? identityOf(stats) : null;
}

/**
 * All that is to be copied of a tree, in the order of the paths' bytes, so that a folder comes before what it holds.
 * What cannot be read is an error notice, what vanishes or is not a file, folder or link a warning; both are omitted.
 * Each folder is opened once, and all in it is looked at through that: a folder that becomes a link meanwhile leads
 * nowhere.
 */
export function* scanTree(tree: SourceTree, options: ScanOptions): Generator<ScannedItem> {
  const top = fromText(tree.path);
  options.gauge.at(top);
  const stats = looking(top, options, () => lstatSync(toBuffer(top), { bigint: true, throwIfNoEntry: false }));
  if (stats === null) return;
  if (stats === 'vanished') return failed(options, top, 'does not exist');
  const above = tree.owned ? null : ownOutputAbove(tree.path);
  if (above) return failed(options, top, refusal(tree.path, above));
  if (stats.isDirectory()) {
    const folder = opening(top, options, () => OpenFolder.open(top));
    if (!folder) return;
    const excludes = compileExclusions(tree.exclude, [tree.path], options.usedExclusions);
    const outputs = { count: 0 };
    const scan = { ...options, tree, top: folder.ref, as: fromText(tree.as), excludes, outputs };
    const met = yield* meet(folder, '', scan);
    if (met) yield* scanContents(met, scan);
    const unnamed = outputs.count - mostNamed;
    if (unnamed > 0) notice(options, 'info', top, `holds ${unnamed} more backups of Wardround, which are skipped too`);
  } else {
    const item = scanSingle(tree, options);
    if (item) yield item;
  }
}

function scanSingle(tree: SourceTree, options: ScanOptions): ScannedItem | null {
  const parent = fromText(dirname(tree.path));
  const folder = opening(parent, options, () => OpenFolder.open(parent, folderIdentity(parent) ?? undefined));
  if (!folder) return null;
  return usingFolder(folder, () => {
    const name = fromText(basename(tree.path));
    const stats = looking(folder.pathOf(name), options, () => folder.lstat(name));
    if (stats === null || stats === 'vanished' || stats.isDirectory()) return null;
    const place = { root: folder.ref, path: '', identity: null };
    return itemOf(folder, place, name, fromText(tree.as || basename(tree.path)), stats, tree.owned, options);
  });
}

function refusal(path: string, { folder, what }: { folder: string; what: string }): string {
  const where = folder === path ? `is ${what}` : `lies in ${folder}, ${what}`;
  return `${where} of Wardround, and backups are not backed up again: specify the folder of the original data, or restore it first`;
}

interface FolderScan extends ScanOptions {
  readonly tree: SourceTree;
  readonly top: FolderRef;
  readonly as: ByteString;
  readonly excludes: ExclusionMatcher;
  /** Backups that were met, and left out. */
  readonly outputs: { count: number };
}

/** A folder that was met: what it holds may come only after some of its neighbours. */
interface MetFolder {
  readonly folder: OpenFolder;
  readonly names: readonly ByteString[];
  /** Relative to the top of the tree. */
  readonly within: ByteString;
  /** Its name with a slash, by which the names of its neighbours are before or behind what it holds. */
  readonly below: ByteString;
}

/** The folder itself; what it holds is left to {@link scanContents}. Null, and closed, if it is omitted. */
function* meet(folder: OpenFolder, within: ByteString, scan: FolderScan): Generator<ScannedItem, MetFolder | null> {
  let met: MetFolder | null = null;
  try {
    const { owned } = scan.tree;
    scan.gauge.at(folder.path);
    const names = namesIn(folder, scan);
    if (within !== '' && isOwnOutput(folder, names, scan)) return null;
    const path = joinBytes(scan.as, within);
    const about = { ...metadataOf(folder.stats), ...identityNumbers(folder.stats) };
    yield { ...about, from: folder.path, path, owned, type: 'directory' };
    met = { folder, names, within, below: `${nameOf(within)}/` };
    return met;
  } finally {
    if (!met) folder.close();
  }
}

/** All in a folder, in the order of the paths' bytes; closes it in the end. */
function* scanContents({ folder, names, within }: MetFolder, scan: FolderScan): Generator<ScannedItem> {
  const waiting: MetFolder[] = [];
  try {
    const place: FolderPlace = { root: scan.top, path: within, identity: folder.identity };
    for (const name of names) {
      // `records-old` comes between `records` and `records/a`.
      while ((waiting.at(-1)?.below ?? name) < name) yield* scanLast(waiting, scan);
      const met = yield* scanOne(folder, place, name, scan);
      if (met) waiting.push(met);
    }
    while (waiting.length > 0) yield* scanLast(waiting, scan);
  } finally {
    folder.close();
    for (const met of waiting) met.folder.close();
  }
}

function* scanLast(waiting: MetFolder[], scan: FolderScan): Generator<ScannedItem> {
  const last = waiting.pop();
  if (last) yield* scanContents(last, scan);
}

/** @returns a folder whose contents are still to come */
function* scanOne(
  folder: OpenFolder,
  place: FolderPlace,
  name: ByteString,
  scan: FolderScan,
): Generator<ScannedItem, MetFolder | null> {
  scan.gauge.throwIfCancelled();
  const from = folder.pathOf(name);
  scan.gauge.at(from);
  const inside = joinBytes(place.path, name);
  if (scan.leaveOutPaths.has(from)) {
    notice(scan, 'info', from, 'is skipped: it contains backups');
    return null;
  }
  if (isLeftOut(scan, folder, name, inside)) return null;
  const stats = looking(from, scan, () => folder.lstat(name));
  if (stats === null || stats === 'vanished') {
    if (stats === 'vanished') noticeVanished(scan, from);
    return null;
  }
  if (!stats.isDirectory()) {
    const item = itemOf(folder, place, name, joinBytes(scan.as, inside), stats, scan.tree.owned, scan);
    if (item) yield item;
  } else if (scan.leaveOut.has(identityOf(stats))) {
    notice(scan, 'info', from, 'is skipped: it contains backups');
  } else if (scan.tree.recursive) {
    const child = opening(from, scan, () => folder.child(name));
    if (child) return yield* meet(child, inside, scan);
  }
  return null;
}

function identityNumbers({ dev, ino }: BigIntStats): { readonly device: number; readonly inode: number } {
  return { device: Number(dev), inode: Number(ino) };
}

/** Names come first: what is omitted may be a mount that no one but its user may look at, not even root. */
function isLeftOut({ excludes }: FolderScan, folder: OpenFolder, name: ByteString, inside: ByteString): boolean {
  if (excludes(inside, false)) return true;
  if (!excludes(inside, true)) return false;
  try {
    return folder.lstat(name)?.isDirectory() ?? false;
  } catch {
    return true; // What cannot be looked at is taken for the folder that is to be left out.
  }
}

function isOwnOutput(folder: OpenFolder, names: readonly ByteString[], scan: FolderScan): boolean {
  const output = ownOutputIn(folder, names);
  if (!output) return false;
  scan.outputs.count += 1;
  if (scan.outputs.count <= mostNamed) notice(scan, 'info', folder.path, `is skipped: it is ${output} of Wardround`);
  return true;
}

function namesIn(folder: OpenFolder, scan: FolderScan): ByteString[] {
  try {
    // Each character is a byte.
    return folder.names().sort();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') noticeVanished(scan, folder.path);
    else failed(scan, folder.path, `cannot be read: ${describeErrno(error)}`);
    return [];
  }
}

/** Null if it cannot be looked at, which has been said then. */
function looking(
  path: ByteString,
  options: ScanOptions,
  look: () => BigIntStats | null | undefined,
): BigIntStats | 'vanished' | null {
  try {
    return look() ?? 'vanished';
  } catch (error) {
    failed(options, path, `cannot be read: ${describeErrno(error)}`);
    return null;
  }
}

/** Null if it cannot be opened, or is none any more, which has been said then. */
function opening(path: ByteString, options: ScanOptions, open: () => OpenFolder): OpenFolder | null {
  try {
    return open();
  } catch (error) {
    if (error instanceof FileEngineError) notice(options, 'warning', path, 'is skipped: it is no longer a folder');
    else if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) noticeVanished(options, path);
    else failed(options, path, `cannot be read: ${describeErrno(error)}`);
    return null;
  }
}

function itemOf(
  folder: OpenFolder,
  place: FolderPlace,
  name: ByteString,
  path: ByteString,
  stats: BigIntStats,
  owned: boolean,
  options: ScanOptions,
): ScannedItem | null {
  const from = folder.pathOf(name);
  const { mtimeUs, mode, uid, gid } = metadataOf(stats);
  const { device, inode } = identityNumbers(stats);
  if (stats.isFile()) {
    const at = { folder: place, name };
    const { ctimeNs, ino } = stats;
    const size = Number(stats.size);
    const bytesOnDisk = Number(stats.blocks) * 512;
    // There may be millions of them, and spreading takes several times as long.
    const common = { from, path, owned, mtimeUs, mode, uid, gid, device, inode };
    return Object.assign(common, { type: 'file', at, size, bytesOnDisk, ctimeNs, ino } as const);
  }
  if (!stats.isSymbolicLink()) {
    notice(options, 'warning', from, `is skipped: it is a ${kindOf(stats)}`);
    return null;
  }
  try {
    const common = { from, path, owned, mtimeUs, mode, uid, gid, device, inode };
    return Object.assign(common, { type: 'symlink', target: folder.readlink(name) } as const);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') noticeVanished(options, from);
    else failed(options, from, `cannot be read: ${describeErrno(error)}`);
    return null;
  }
}

function kindOf(stats: BigIntStats): string {
  if (stats.isSocket()) return 'socket';
  if (stats.isFIFO()) return 'named pipe';
  return 'device';
}

function noticeVanished(options: ScanOptions, path: ByteString): void {
  notice(options, 'warning', path, 'vanished before it was copied');
}

function failed(options: ScanOptions, path: ByteString, text: string): void {
  notice(options, 'error', path, text);
}

function notice({ onNotice }: ScanOptions, level: Notice['level'], path: ByteString, text: string): void {
  const place = toText(path);
  onNotice({ level, place, text: `${place} ${text}` });
}

import { lstatSync, readdirSync, readlinkSync, statSync, type BigIntStats } from 'node:fs';
import { basename } from 'node:path';
import type { SourceTree } from '../plugin.js';
import { compareBytes, fromBuffer, fromText, joinBytes, toBuffer, toText, type ByteString } from './bytes.js';
import type { Notice } from './engine-types.js';
import { describeErrno, errnoOf } from './errors.js';
import type { Gauge } from './gauge.js';
import { compileExclusions, type ExclusionMatcher } from './glob.js';
import { metadataOf, type Metadata } from './metadata.js';

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
    | { readonly type: 'file'; readonly size: number; readonly bytesOnDisk: number }
    | { readonly type: 'directory' }
    | { readonly type: 'symlink'; readonly target: ByteString }
  );

export interface ScanOptions {
  readonly gauge: Gauge;
  /** Folders that are not entered, by {@link folderIdentity}. */
  readonly leaveOut: ReadonlySet<string>;
  onNotice(notice: Notice): void;
}

/** The same for every path that leads to a folder, also by links; null if there is none. */
export function folderIdentity(path: ByteString): string | null {
  const stats = statSync(toBuffer(path), { bigint: true, throwIfNoEntry: false });
  return stats?.isDirectory() ? identityOf(stats) : null;
}

function identityNumbers({ dev, ino }: BigIntStats): { readonly device: number; readonly inode: number } {
  return { device: Number(dev), inode: Number(ino) };
}

function identityOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}

/**
 * All that is to be copied of a tree, folders before what they hold. What cannot be read is an error notice, what vanishes or
 * is no file, folder or link a warning; both are left out.
 */
export function* scanTree(tree: SourceTree, options: ScanOptions): Generator<ScannedItem> {
  const top = fromText(tree.path);
  options.gauge.at(top);
  const stats = look(top, options);
  if (stats === null) return;
  if (stats === 'vanished') return failed(options, top, 'does not exist');
  if (stats.isDirectory()) {
    const as = fromText(tree.as);
    yield {
      ...metadataOf(stats),
      ...identityNumbers(stats),
      from: top,
      path: as,
      owned: tree.owned,
      type: 'directory',
    };
    yield* scanFolder(top, '', { ...options, tree, as, excludes: compileExclusions(tree.exclude) });
  } else {
    const item = itemOf(top, fromText(tree.as || basename(tree.path)), stats, tree.owned, options);
    if (item) yield item;
  }
}

interface FolderScan extends ScanOptions {
  readonly tree: SourceTree;
  readonly as: ByteString;
  readonly excludes: ExclusionMatcher;
}

/** @param within relative to the top of the tree */
function* scanFolder(folder: ByteString, within: ByteString, scan: FolderScan): Generator<ScannedItem> {
  for (const name of namesIn(folder, scan)) {
    scan.gauge.throwIfCancelled();
    const from = joinBytes(folder, name);
    scan.gauge.at(from);
    const inside = joinBytes(within, name);
    const stats = look(from, scan);
    if (stats === null || stats === 'vanished') {
      if (stats === 'vanished') noticeVanished(scan, from);
      continue;
    }
    if (scan.excludes(inside, stats.isDirectory())) continue;
    if (!stats.isDirectory()) {
      const item = itemOf(from, joinBytes(scan.as, inside), stats, scan.tree.owned, scan);
      if (item) yield item;
    } else if (scan.leaveOut.has(identityOf(stats))) {
      notice(scan, 'info', from, 'is left out: it holds backups');
    } else if (scan.tree.recursive) {
      const path = joinBytes(scan.as, inside);
      yield { ...metadataOf(stats), ...identityNumbers(stats), from, path, owned: scan.tree.owned, type: 'directory' };
      yield* scanFolder(from, inside, scan);
    }
  }
}

function namesIn(folder: ByteString, scan: FolderScan): ByteString[] {
  try {
    return readdirSync(toBuffer(folder), { encoding: 'buffer' }).map(fromBuffer).sort(compareBytes);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') noticeVanished(scan, folder);
    else failed(scan, folder, `cannot be read: ${describeErrno(error)}`);
    return [];
  }
}

/** Null if it cannot be looked at, which has been said then. */
function look(path: ByteString, options: ScanOptions): BigIntStats | 'vanished' | null {
  try {
    return lstatSync(toBuffer(path), { bigint: true, throwIfNoEntry: false }) ?? 'vanished';
  } catch (error) {
    failed(options, path, `cannot be read: ${describeErrno(error)}`);
    return null;
  }
}

function itemOf(
  from: ByteString,
  path: ByteString,
  stats: BigIntStats,
  owned: boolean,
  options: ScanOptions,
): ScannedItem | null {
  const common = { ...metadataOf(stats), ...identityNumbers(stats), from, path, owned };
  if (stats.isFile()) {
    return { ...common, type: 'file', size: Number(stats.size), bytesOnDisk: Number(stats.blocks) * 512 };
  }
  if (!stats.isSymbolicLink()) {
    notice(options, 'warning', from, `is left out: it is a ${kindOf(stats)}`);
    return null;
  }
  try {
    return { ...common, type: 'symlink', target: fromBuffer(readlinkSync(toBuffer(from), { encoding: 'buffer' })) };
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

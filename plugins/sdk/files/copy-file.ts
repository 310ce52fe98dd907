import { closeSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { describeErrno, errnoOf, writeError } from './errors.js';
import { FileEngineError } from './engine-types.js';
import { pathOfPlace, type FilePlace, type OpenFolders } from './file-place.js';
import type { Gauge } from './gauge.js';
import { liveIdentity, type LiveIdentity } from './live.js';
import type { FileEntry } from './manifest.js';
import { applyToFile, metadataDifference, metadataOf, modeAt, type Metadata, type WriteRules } from './metadata.js';
import { identityOf, unsafe, type OpenFolder } from './open-folder.js';
import { openForReading, ReadFailure, readContent, reading, type Content, type OpenFile } from './read-file.js';
import { isSameMetadata, type Doubt } from './unchanged.js';

export interface CopyItem {
  /** The caller's own number for it. */
  readonly index: number;
  readonly from: FilePlace;
  /** Must not exist; its folder must. */
  readonly to: FilePlace;
  /** As last seen; only for sharing out the work and for texts. */
  readonly size: number;
  /** May be moved instead of copied, if it is on the same file system. */
  readonly move: boolean;
  /** The same file in a snapshot made before, if it is thought to be unchanged; where there is a doubt, it is read first. */
  readonly link: { readonly at: FilePlace; readonly entry: FileEntry; readonly doubt: Doubt | null } | null;
  /** What it must be, if that is known: then its content is compared, and its metadata are taken from here. */
  readonly expected: FileEntry | null;
}

export interface WrittenFile extends Metadata {
  readonly size: number;
  readonly sha256: string;
  /** Null where the next run is to read it in any case. */
  readonly live: LiveIdentity | null;
}

export type CopyOutcome = { readonly index: number } & (
  | { readonly kind: 'written'; readonly file: WrittenFile; readonly changedMeanwhile: boolean }
  /** `readAgain`: what it is known by now, if it had to be read to see that it is the same. */
  | { readonly kind: 'linked'; readonly readAgain: LiveIdentity | null }
  | { readonly kind: 'vanished' }
  /** It is no regular file any more. */
  | { readonly kind: 'special' }
  /** Its folder is another than the one that was scanned. */
  | { readonly kind: 'swapped'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly text: string }
  /** It is not what was expected. */
  | { readonly kind: 'damaged'; readonly text: string }
);

/** What a thread holds open for the three folders that a copy takes part in. */
export interface CopyFolders {
  readonly from: OpenFolders;
  readonly to: OpenFolders;
  readonly previous: OpenFolders;
}

/** Copies, links or moves one file. @throws FileEngineError if the target cannot be written, or `cancelled`. */
export function copyFile(item: CopyItem, folders: CopyFolders, rules: WriteRules, gauge: Gauge): CopyOutcome {
  const to = writing(item, gauge, () => folders.to.get(item.to.folder));
  const outcome = linkIfSame(item, to, folders, rules, gauge) ?? transfer(item, to, folders, rules, gauge);
  gauge.addFile();
  return outcome;
}

function linkIfSame(
  item: CopyItem,
  to: OpenFolder,
  folders: CopyFolders,
  rules: WriteRules,
  gauge: Gauge,
): CopyOutcome | null {
  if (!item.link) return null;
  if (item.link.doubt === null) return linkUnchanged(item, null, to, folders, rules, gauge);
  const same = readAndCompare(item, item.link.entry, folders, gauge);
  return same && linkUnchanged(item, same, to, folders, rules, gauge);
}

/** Reads a file that may have changed without a trace in its size and time. @returns null if it is to be copied. */
function readAndCompare(
  { from: { folder, name } }: CopyItem,
  entry: FileEntry,
  folders: CopyFolders,
  gauge: Gauge,
): LiveIdentity | null {
  try {
    const source = openForReading(
      reading(() => folders.from.get(folder)),
      name,
    );
    try {
      const { stats } = source;
      if (!stats.isFile() || Number(stats.size) !== entry.size || !isSameMetadata(metadataOf(stats), entry))
        return null;
      const { sha256, size, sizeChanged } = readContent(source, gauge);
      gauge.addBytes(-size);
      return sha256 === entry.sha256 && !sizeChanged && !hasChanged(source) ? liveIdentity(stats) : null;
    } finally {
      closeSync(source.fd);
    }
  } catch (error) {
    if (!(error instanceof ReadFailure)) throw error;
    return null; // Copying meets it again, and says so.
  }
}

/** Whether anything happened to a file since it was opened. */
function hasChanged({ fd, stats }: OpenFile): boolean {
  const now = reading(() => fstatSync(fd, { bigint: true }));
  return now.mtimeNs !== stats.mtimeNs || now.ctimeNs !== stats.ctimeNs;
}

/**
 * The file of the previous snapshot must still look as its manifest says; and a file system may know no hard links, or no more
 * of them for this file. Then it is copied.
 */
function linkUnchanged(
  { index, to: target, link }: CopyItem,
  readAgain: LiveIdentity | null,
  to: OpenFolder,
  folders: CopyFolders,
  rules: WriteRules,
  gauge: Gauge,
): CopyOutcome | null {
  if (!link) return null;
  try {
    const previous = folders.previous.get(link.at.folder);
    const stats = previous.lstat(link.at.name);
    if (!stats?.isFile() || Number(stats.size) !== link.entry.size) return null;
    if (metadataDifference(stats, link.entry, 'file', rules) !== null) return null;
    // Earlier versions kept these bits under another owner.
    if ((Number(stats.mode) & ~modeAt(link.entry, false, rules) & 0o6000) !== 0) return null;
    previous.hardLink(link.at.name, to, target.name);
  } catch (error) {
    if (noLink.has(errnoOf(error) ?? '')) return null;
    throw writeError(error, pathOfPlace(target), gauge.remainingBytes());
  }
  gauge.addBytes(link.entry.size);
  return { index, kind: 'linked', readAgain };
}

/** Why a file cannot be shared, so that it is copied; the last three: what shared it is not there any more. */
const noLink = new Set([
  ...['EMLINK', 'EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES'],
  ...['ENOENT', 'ENOTDIR', 'unsafe'],
]);

function transfer(item: CopyItem, to: OpenFolder, folders: CopyFolders, rules: WriteRules, gauge: Gauge): CopyOutcome {
  try {
    const from = reading(() => folders.from.get(item.from.folder));
    const source = openForReading(from, item.from.name);
    try {
      if (!source.stats.isFile()) return noFile(item);
      return writing(
        item,
        gauge,
        () => move(item, source, from, to, rules, gauge) ?? copy(item, source, to, rules, gauge),
      );
    } finally {
      closeSync(source.fd);
    }
  } catch (error) {
    if (!(error instanceof ReadFailure)) throw error;
    return readFailureOutcome(item, error.cause);
  }
}

/** @throws FileEngineError for what the target refuses; what the source refuses passes as it is. */
function writing<Result>(item: CopyItem, gauge: Gauge, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof ReadFailure) throw error;
    throw writeError(error, pathOfPlace(item.to), gauge.remainingBytes());
  }
}

function readFailureOutcome(item: CopyItem, cause: unknown): CopyOutcome {
  const { index, expected } = item;
  if (cause instanceof FileEngineError && cause.code === 'unsafe') {
    return expected ? { index, kind: 'damaged', text: cause.message } : { index, kind: 'swapped', text: cause.message };
  }
  if (expected) return { index, kind: 'damaged', text: describeErrno(cause) };
  if (errnoOf(cause) === 'ENOENT') return { index, kind: 'vanished' };
  // A link that has taken the file's place is not followed.
  return ['ELOOP', 'ENXIO', 'ENOTDIR'].includes(errnoOf(cause) ?? '')
    ? noFile(item)
    : { index, kind: 'unreadable', text: describeErrno(cause) };
}

function noFile({ index, expected }: CopyItem): CopyOutcome {
  return expected ? { index, kind: 'damaged', text: 'it is no regular file' } : { index, kind: 'special' };
}

/** Null if it is to be copied. */
function move(
  item: CopyItem,
  source: OpenFile,
  from: OpenFolder,
  to: OpenFolder,
  rules: WriteRules,
  gauge: Gauge,
): CopyOutcome | null {
  if (!item.move) return null;
  try {
    from.rename(item.from.name, to, item.to.name);
  } catch (error) {
    if (errnoOf(error) === 'EXDEV') return null;
    throw error;
  }
  const moved = to.lstat(item.to.name);
  if (!moved || identityOf(moved) !== identityOf(source.stats)) {
    throw unsafe(pathOfPlace(item.from), 'was replaced by another file meanwhile: see who else may write there');
  }
  // Whether it changed meanwhile is seen before its time is set, to the microsecond.
  const outcome = written(item, source, readContent(source, gauge), true);
  applyToFile(source.fd, metadataOf(source.stats), rules);
  return outcome;
}

function copy(item: CopyItem, source: OpenFile, to: OpenFolder, rules: WriteRules, gauge: Gauge): CopyOutcome {
  const target = to.createFile(item.to.name);
  let outcome: CopyOutcome | null = null;
  try {
    const content = readContent(source, gauge, chunkWriter(target, source));
    // A hole at the end was not written.
    if (isSparse(source)) ftruncateSync(target, content.size);
    outcome = written(item, source, content, false);
    if (outcome.kind === 'written') applyToFile(target, outcome.file, rules);
  } finally {
    closeSync(target);
    // Nothing is left of what could not be read to its end, or is not what it should be.
    if (outcome?.kind !== 'written') to.unlink(item.to.name);
  }
  return outcome;
}

function written(item: CopyItem, source: OpenFile, content: Content, moved: boolean): CopyOutcome {
  const { index, expected } = item;
  if (expected) {
    if (content.sha256 !== expected.sha256)
      return { index, kind: 'damaged', text: 'its content is not what the manifest says' };
    return { index, kind: 'written', file: { ...expected, live: expected.live ?? null }, changedMeanwhile: false };
  }
  // Moving a file leaves its mark too; what is moved cannot change, and is gone when the next run looks for it.
  const changedMeanwhile = content.sizeChanged || (!moved && hasChanged(source));
  const live = moved || changedMeanwhile ? null : liveIdentity(source.stats);
  const file = { ...metadataOf(source.stats), size: content.size, sha256: content.sha256, live };
  return { index, kind: 'written', file, changedMeanwhile };
}

const hole = Buffer.alloc(64 * 1024);

function isSparse({ stats }: OpenFile): boolean {
  return stats.blocks * 512n < stats.size && Number(stats.size) > hole.length;
}

/** Where the source has holes, blocks of zeros are not written, so that the copy has holes too. */
function chunkWriter(target: number, source: OpenFile): (chunk: Buffer, position: number) => void {
  if (!isSparse(source)) return (chunk, position) => writeAll(target, chunk, position);
  return (chunk, position) => {
    for (let start = 0; start < chunk.length; start += hole.length) {
      const part = chunk.subarray(start, start + hole.length);
      if (!part.equals(hole.subarray(0, part.length))) writeAll(target, part, position + start);
    }
  };
}

function writeAll(fd: number, chunk: Buffer, position: number): void {
  for (let done = 0; done < chunk.length;) {
    done += writeSync(fd, chunk, done, chunk.length - done, position + done);
  }
}

import { closeSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import type { ByteString } from './bytes.js';
import { describeErrno, errnoOf, writeError } from './errors.js';
import { FileEngineError } from './engine-types.js';
import { pathOfPlace, type FilePlace, type OpenFolders } from './file-place.js';
import { fileDifference } from './check-file.js';
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
  /** Below the folder that is written into. Must not exist; its folder must. */
  readonly to: ByteString;
  /** As last seen; only for sharing out the work and for texts. */
  readonly size: number;
  /** May be moved instead of copied, if it is on the same file system. */
  readonly move: boolean;
  /** The same file in a snapshot made before, if it is thought to be unchanged; where there is a doubt, it is read first. */
  readonly link: { readonly entry: FileEntry; readonly doubt: Doubt | null } | null;
  /** The copy's mode has none but these bits: those that were seen, less what only an access list limits. */
  readonly mode: number;
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
  /** It was there, and right. */
  | { readonly kind: 'kept'; readonly size: number }
  | { readonly kind: 'vanished' }
  /** It is not a regular file any more. */
  | { readonly kind: 'special' }
  /** Its folder is another than the one that was scanned. */
  | { readonly kind: 'swapped'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly text: string }
  /** It is not what was expected. */
  | { readonly kind: 'damaged'; readonly text: string }
);

/** The ways of a batch's files. */
export interface CopyWays {
  /** What the thread holds open for the three folders that a copy takes part in. */
  readonly folders: { readonly from: OpenFolders; readonly to: OpenFolders; readonly previous: OpenFolders };
  to(path: ByteString): FilePlace;
  /** Null if nothing is shared. */
  readonly previous: ((path: ByteString) => FilePlace) | null;
  /** Files may be there already: those are kept that are as they are expected. */
  readonly resumes: boolean;
}

/** One file on its way. */
interface Copying {
  readonly item: CopyItem;
  readonly at: FilePlace;
  readonly to: OpenFolder;
  readonly ways: CopyWays;
  readonly rules: WriteRules;
  readonly gauge: Gauge;
}

/** Copies, links or moves one file. @throws FileEngineError if the target cannot be written, or `cancelled`. */
export function copyFile(item: CopyItem, ways: CopyWays, rules: WriteRules, gauge: Gauge): CopyOutcome {
  const at = ways.to(item.to);
  try {
    const copying = { item, at, to: ways.folders.to.get(at.folder), ways, rules, gauge };
    const outcome = (ways.resumes ? keepIfRight(copying) : null) ?? linkIfSame(copying) ?? transfer(copying);
    gauge.addFile();
    return outcome;
  } catch (error) {
    throw writeError(error, pathOfPlace(at), gauge.remainingBytes());
  }
}

/** Whatever else has the file's name makes room for it. */
function keepIfRight({ item, at, to, rules, gauge }: Copying): CopyOutcome | null {
  const { index, expected, link } = item;
  const stats = to.lstat(at.name);
  if (!stats) return null;
  if (expected && !link && stats.isFile() && Number(stats.size) === expected.size) {
    if (fileDifference(to, at.name, expected, rules, gauge) === null)
      return { index, kind: 'kept', size: expected.size };
    gauge.addBytes(-expected.size);
  }
  to.unlink(at.name);
  return null;
}

function linkIfSame(copying: Copying): CopyOutcome | null {
  const { link } = copying.item;
  if (!link) return null;
  if (link.doubt === null) return linkUnchanged(copying, link.entry, null);
  const same = readAndCompare(copying, link.entry);
  return same && linkUnchanged(copying, link.entry, same);
}

/** Reads a file that may have changed without a trace in its size and time. @returns null if it is to be copied. */
function readAndCompare({ item, ways, gauge }: Copying, entry: FileEntry): LiveIdentity | null {
  const { folder, name } = item.from;
  try {
    const source = openForReading(
      reading(() => ways.folders.from.get(folder)),
      name,
    );
    try {
      const { stats } = source;
      if (!stats.isFile() || Number(stats.size) !== entry.size || !isSameMetadata(liveMetadata(item, source), entry))
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
  { item: { index }, at, to, ways, rules, gauge }: Copying,
  entry: FileEntry,
  readAgain: LiveIdentity | null,
): CopyOutcome | null {
  if (!ways.previous) return null;
  try {
    const stored = ways.previous(entry.path);
    const folder = ways.folders.previous.get(stored.folder);
    const stats = folder.lstat(stored.name);
    if (!stats?.isFile() || Number(stats.size) !== entry.size) return null;
    if (metadataDifference(stats, entry, 'file', rules) !== null) return null;
    // Earlier versions kept these bits under another owner.
    if ((Number(stats.mode) & ~modeAt(entry, false, rules, metadataOf(stats)) & 0o6000) !== 0) return null;
    folder.hardLink(stored.name, to, at.name);
  } catch (error) {
    if (noLink.has(errnoOf(error) ?? '')) return null;
    throw error;
  }
  gauge.addBytes(entry.size);
  return { index, kind: 'linked', readAgain };
}

/** Why a file cannot be shared, so that it is copied; the last three: what shared it is not there any more. */
const noLink = new Set([
  ...['EMLINK', 'EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES'],
  ...['ENOENT', 'ENOTDIR', 'unsafe'],
]);

function transfer(copying: Copying): CopyOutcome {
  const { item, ways } = copying;
  try {
    const from = reading(() => ways.folders.from.get(item.from.folder));
    const source = openForReading(from, item.from.name);
    try {
      if (!source.stats.isFile()) return noFile(item);
      return move(copying, source, from) ?? copy(copying, source);
    } finally {
      closeSync(source.fd);
    }
  } catch (error) {
    if (!(error instanceof ReadFailure)) throw error;
    return readFailureOutcome(item, error.cause);
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
  return expected ? { index, kind: 'damaged', text: 'it is not a regular file' } : { index, kind: 'special' };
}

/** Null if it is to be copied. */
function move({ item, at, to, rules, gauge }: Copying, source: OpenFile, from: OpenFolder): CopyOutcome | null {
  if (!item.move) return null;
  try {
    from.rename(item.from.name, to, at.name);
  } catch (error) {
    if (errnoOf(error) === 'EXDEV') return null;
    throw error;
  }
  const moved = to.lstat(at.name);
  if (!moved || identityOf(moved) !== identityOf(source.stats)) {
    throw unsafe(pathOfPlace(item.from), 'was replaced during the copy: check who else can write there');
  }
  // Whether it changed meanwhile is seen before its time is set, to the microsecond.
  const outcome = written(item, source, readContent(source, gauge), true);
  applyToFile(source.fd, liveMetadata(item, source), rules);
  return outcome;
}

function copy({ item, at, to, rules, gauge }: Copying, source: OpenFile): CopyOutcome {
  const target = to.createFile(at.name);
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
    if (outcome?.kind !== 'written') to.unlink(at.name);
  }
  return outcome;
}

function written(item: CopyItem, source: OpenFile, content: Content, moved: boolean): CopyOutcome {
  const { index, expected } = item;
  if (expected) {
    if (content.sha256 !== expected.sha256)
      return { index, kind: 'damaged', text: 'its content does not match the manifest' };
    return { index, kind: 'written', file: { ...expected, live: expected.live ?? null }, changedMeanwhile: false };
  }
  // Moving a file leaves its mark too; what is moved cannot change, and is gone when the next run looks for it.
  const changedMeanwhile = content.sizeChanged || (!moved && hasChanged(source));
  const live = moved || changedMeanwhile ? null : liveIdentity(source.stats);
  const file = { ...liveMetadata(item, source), size: content.size, sha256: content.sha256, live };
  return { index, kind: 'written', file, changedMeanwhile };
}

function liveMetadata({ mode }: CopyItem, { stats }: OpenFile): Metadata {
  const metadata = metadataOf(stats);
  return { ...metadata, mode: metadata.mode & mode };
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

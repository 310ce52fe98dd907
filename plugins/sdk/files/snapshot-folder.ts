import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toBuffer, toText, type ByteString } from './bytes.js';
import { formatChecksumLine } from './checksums.js';
import { FileEngineError, type SnapshotInfo } from './engine-types.js';
import { describeErrno, errnoOf } from './errors.js';
import { LargestFiles } from './largest-files.js';
import {
  decodeEntry,
  isPlainPath,
  pathChecker,
  requireHeader,
  type DirectoryEntry,
  type FileEntry,
  type ManifestEntry,
  type SymlinkEntry,
} from './manifest.js';
import { readLines, sha256OfFile } from './manifest-lines.js';
import type { OpenFolder } from './open-folder.js';
import { parts } from './places.js';
import { parseInfo } from './snapshot-info.js';

/** Of a line about a file. Within a text of JSON its quotes would be escaped, so it means what it says. */
const ofFile = '"type":"file"';
const ofLargeFile = /"size":\d{8,}/;

/**
 * A snapshot as its own files describe it. Its manifest may have millions of lines: they are read as they are asked for, and
 * only a few are in memory.
 */
export class SnapshotReader {
  /** Some of the largest files, so that work can begin with them. */
  readonly largest: LargestFiles<FileEntry>;

  private constructor(
    private readonly opened: OpenFolder,
    readonly info: SnapshotInfo,
    private readonly infoSha256: string,
    private readonly fd: number,
  ) {
    this.largest = this.survey();
  }

  /**
   * Checks that the folder is a snapshot, and that its manifest is the one it was made with.
   * @throws FileEngineError `not-a-snapshot`; `not-verified` if its manifest was changed.
   */
  static open(opened: OpenFolder): SnapshotReader {
    const infoFile = readPart(opened, parts.info);
    const info = parseInfo(infoFile, toText(opened.path));
    const fd = openPart(opened, parts.manifest);
    try {
      return new SnapshotReader(opened, info, sha256(infoFile), fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  close(): void {
    closeSync(this.fd);
  }

  /**
   * All entries, in the order of their paths, none of which leads out of the folder.
   * @param withChecksums in the end, the list of checksums must say the same
   * @throws FileEngineError `not-a-snapshot` at the first line that is broken; `not-verified` if something was changed.
   */
  *entries({ withChecksums = false } = {}): Generator<ManifestEntry, void, undefined> {
    const sums = withChecksums ? new ExpectedChecksums(this.info.manifestSha256, this.infoSha256) : null;
    const hash = createHash('sha256');
    const check = pathChecker(process.platform === 'win32');
    const lines = readLines(this.fd, (chunk) => hash.update(chunk));
    requireHeader(lines.next().value, this.place(parts.manifest));
    for (const line of lines) {
      const entry = decodeEntry(line);
      check(entry);
      sums?.add(entry);
      yield entry;
    }
    if (hash.digest('hex') !== this.info.manifestSha256) throw this.damaged(parts.manifest);
    if (sums) this.requireChecksums(sums);
  }

  /** Its folders and links alone, which are few; each folder before what it holds. */
  *others(): Generator<DirectoryEntry | SymlinkEntry, void, undefined> {
    const lines = readLines(this.fd);
    lines.next();
    const check = pathChecker(process.platform === 'win32');
    for (const line of lines) {
      if (line.includes(ofFile)) continue;
      const entry = decodeEntry(line);
      check(entry);
      if (entry.type !== 'file') yield entry;
    }
  }

  /** One quick look at the manifest as a whole. */
  private survey(): LargestFiles<FileEntry> {
    const hash = createHash('sha256');
    const largest = new LargestFiles<FileEntry>(({ size }) => size);
    const lines: string[] = [];
    for (const line of readLines(this.fd, (chunk) => hash.update(chunk))) {
      if (!ofLargeFile.test(line)) continue;
      lines.push(line);
      if (lines.length >= 1000) addAll(largest, lines.splice(0));
    }
    if (hash.digest('hex') !== this.info.manifestSha256) throw this.damaged(parts.manifest);
    addAll(largest, lines);
    return largest;
  }

  private requireChecksums(sums: ExpectedChecksums): void {
    const fd = openPart(this.opened, parts.checksums);
    try {
      if (sha256OfFile(fd) !== sums.sha256()) throw this.damaged(parts.checksums);
    } finally {
      closeSync(fd);
    }
  }

  private place(part: string): string {
    return join(toText(this.opened.path), part);
  }

  private damaged(part: string): FileEngineError {
    const path = this.place(part);
    return new FileEngineError(
      'not-verified',
      `${path} has changed since it was written: the snapshot is damaged`,
      path,
    );
  }
}

/** Works with the description of a snapshot, and closes it. */
export async function usingSnapshot<Result>(
  reader: SnapshotReader,
  work: (reader: SnapshotReader) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(reader);
  } finally {
    reader.close();
  }
}

function addAll(largest: LargestFiles<FileEntry>, lines: readonly string[]): void {
  for (const line of lines) {
    const entry = decodeEntry(line);
    if (entry.type === 'file' && isPlainPath(entry.path)) largest.add(entry);
  }
}

/** What `SHA256SUMS` must be. */
class ExpectedChecksums {
  readonly #hash = createHash('sha256');
  #text: ByteString;

  constructor(manifestSha256: string, infoSha256: string) {
    this.#text = checksumHead(manifestSha256, infoSha256);
  }

  add(entry: ManifestEntry): void {
    if (entry.type !== 'file') return;
    this.#text += formatChecksumLine(entry.sha256, `${parts.files}/${entry.path}`);
    if (this.#text.length > 64 * 1024) this.#flush();
  }

  sha256(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  #flush(): void {
    this.#hash.update(toBuffer(this.#text));
    this.#text = '';
  }
}

/** The first two lines of `SHA256SUMS`: as long whatever the sums are. */
export function checksumHead(manifestSha256: string, infoSha256: string): ByteString {
  return formatChecksumLine(manifestSha256, parts.manifest) + formatChecksumLine(infoSha256, parts.info);
}

/** What `snapshot.json` says. @throws FileEngineError `not-a-snapshot`, `not-verified` */
export function readInfo(folder: OpenFolder): SnapshotInfo {
  return parseInfo(readPart(folder, parts.info), toText(folder.path));
}

function readPart(opened: OpenFolder, part: string): Buffer {
  const fd = openPart(opened, part);
  try {
    return readFileSync(fd);
  } catch (error) {
    throw unreadable(opened, part, error);
  } finally {
    closeSync(fd);
  }
}

/** @returns a descriptor of a regular file */
function openPart(opened: OpenFolder, part: string): number {
  const folder = toText(opened.path);
  try {
    const fd = opened.openFile(part);
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
  } catch (error) {
    if (!['ENOENT', 'ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '')) throw unreadable(opened, part, error);
  }
  throw new FileEngineError('not-a-snapshot', `${folder} is not a snapshot: the file ${part} is missing`, folder);
}

function unreadable(opened: OpenFolder, part: string, cause: unknown): FileEngineError {
  const path = join(toText(opened.path), part);
  return new FileEngineError('not-verified', `${path} cannot be read: ${describeErrno(cause)}`, path, { cause });
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

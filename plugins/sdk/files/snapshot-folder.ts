import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fromText, toBuffer, toText, type ByteString } from './bytes.js';
import { formatChecksumLine } from './checksums.js';
import { FileEngineError, type SnapshotInfo } from './engine-types.js';
import { describeErrno, errnoOf, writeError } from './errors.js';
import {
  decodeEntry,
  encodeEntry,
  manifestHeader,
  pathChecker,
  requireHeader,
  type FileEntry,
  type ManifestEntry,
} from './manifest.js';
import type { OpenFolder } from './open-folder.js';
import { parts } from './places.js';
import { parseInfo } from './snapshot-info.js';

/** A snapshot as its own files describe it. */
export interface SnapshotFiles {
  readonly info: SnapshotInfo;
  readonly entries: readonly ManifestEntry[];
}

export function isFile(entry: ManifestEntry): entry is FileEntry {
  return entry.type === 'file';
}

/** Writes `manifest.jsonl`, `snapshot.json` and `SHA256SUMS`. @throws FileEngineError if they cannot be written. */
export function writeSnapshotFiles(
  folder: OpenFolder,
  entries: readonly ManifestEntry[],
  describe: (manifestSha256: string) => SnapshotInfo,
): SnapshotInfo {
  const manifestSha256 = writeLines(folder, parts.manifest, manifestLines(entries));
  const info = describe(manifestSha256);
  const infoSha256 = writeLines(folder, parts.info, [fromText(`${JSON.stringify(info, null, 2)}\n`)]);
  writeLines(folder, parts.checksums, checksumLines(entries, manifestSha256, infoSha256));
  return info;
}

/**
 * Reads and checks the description of a snapshot: that it is one, that its manifest is the one it was made with, and that no
 * path leads out of it.
 * @throws FileEngineError `not-a-snapshot`; `not-verified` if its manifest or list of checksums was changed.
 */
export function readSnapshotFiles(opened: OpenFolder): SnapshotFiles {
  const folder = toText(opened.path);
  const infoFile = readPart(opened, parts.info);
  const info = parseInfo(infoFile, folder);
  const manifest = readPart(opened, parts.manifest);
  if (sha256(manifest) !== info.manifestSha256) throw damaged(folder, parts.manifest);
  const [header, ...lines] = linesOf(manifest);
  requireHeader(header, join(folder, parts.manifest));
  const entries = lines.map(decodeEntry);
  const check = pathChecker(process.platform === 'win32');
  for (const entry of entries) check(entry);
  const checksums = createHash('sha256');
  for (const line of checksumLines(entries, info.manifestSha256, sha256(infoFile))) checksums.update(toBuffer(line));
  if (checksums.digest('hex') !== sha256(readPart(opened, parts.checksums))) throw damaged(folder, parts.checksums);
  return { info, entries };
}

/** What `snapshot.json` says. @throws FileEngineError `not-a-snapshot`, `not-verified` */
export function readInfo(folder: OpenFolder): SnapshotInfo {
  return parseInfo(readPart(folder, parts.info), toText(folder.path));
}

function* manifestLines(entries: readonly ManifestEntry[]): Generator<ByteString> {
  yield `${manifestHeader}\n`;
  for (const entry of entries) yield fromText(`${encodeEntry(entry)}\n`);
}

function* checksumLines(
  entries: readonly ManifestEntry[],
  manifestSha256: string,
  infoSha256: string,
): Generator<ByteString> {
  yield formatChecksumLine(manifestSha256, parts.manifest);
  yield formatChecksumLine(infoSha256, parts.info);
  for (const entry of entries) {
    if (isFile(entry)) yield formatChecksumLine(entry.sha256, `${parts.files}/${entry.path}`);
  }
}

/** @returns the SHA-256 of what was written. */
function writeLines(folder: OpenFolder, part: string, lines: Iterable<ByteString>): string {
  const hash = createHash('sha256');
  try {
    const fd = folder.createFile(part);
    try {
      let text = '';
      const flush = (): void => {
        const chunk = toBuffer(text);
        hash.update(chunk);
        for (let done = 0; done < chunk.length;) done += writeSync(fd, chunk, done);
        text = '';
      };
      for (const line of lines) {
        text += line;
        if (text.length > 1024 * 1024) flush();
      }
      flush();
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw writeError(error, folder.pathOf(part), 0);
  }
  return hash.digest('hex');
}

function readPart(opened: OpenFolder, part: string): Buffer {
  const folder = toText(opened.path);
  const path = join(folder, part);
  try {
    const fd = opened.openFile(part);
    try {
      if (fstatSync(fd).isFile()) return readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!['ENOENT', 'ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '')) {
      throw new FileEngineError('not-verified', `${path} cannot be read: ${describeErrno(error)}`, path, {
        cause: error,
      });
    }
  }
  throw new FileEngineError('not-a-snapshot', `${folder} is no snapshot: it has no file ${part}`, folder);
}

function* linesOf(content: Buffer): Generator<string> {
  let start = 0;
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, start)) {
    yield content.toString('utf8', start, end);
    start = end + 1;
  }
  if (start < content.length) yield content.toString('utf8', start);
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function damaged(folder: string, part: string): FileEngineError {
  const path = join(folder, part);
  return new FileEngineError('not-verified', `${path} is not as it was written: the snapshot is damaged`, path);
}

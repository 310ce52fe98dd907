import { asUtf8, fromText, toBuffer, type ByteString } from './bytes.js';
import { FileEngineError } from './engine-types.js';
import { parseLive, type LiveIdentity } from './live.js';
import { formatMtime, parseMtime, type Microseconds } from './mtime.js';
import { FoldersAbove } from './path-order.js';

/** The manifest of a snapshot: what is under `files/`. The format is in `docs/snapshot-format.md`. */
interface EntryBase {
  /** Below `files/`, with `/`; its first segment is the source's name. */
  readonly path: ByteString;
  readonly mtimeUs: Microseconds;
  /** The permission bits, `0o7777` at most. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}
export interface FileEntry extends EntryBase {
  readonly type: 'file';
  readonly size: number;
  /** In hex. */
  readonly sha256: string;
  /** Of the live file when it was read; the next run tells by it whether to read again. Format version 1 has none. */
  readonly live?: LiveIdentity;
}
export interface DirectoryEntry extends EntryBase {
  readonly type: 'directory';
}
export interface SymlinkEntry extends EntryBase {
  readonly type: 'symlink';
  readonly target: ByteString;
}
export type ManifestEntry = FileEntry | DirectoryEntry | SymlinkEntry;

/** The first line. */
export const manifestHeader = '{"format":"wardround-manifest","version":1}';

/** One line, without its line feed. Put together by hand: an object to be made into JSON would take three times as long. */
export function encodeEntry(entry: ManifestEntry): string {
  const mode = entry.mode.toString(8).padStart(4, '0');
  const about = `"mtime":"${formatMtime(entry.mtimeUs)}","mode":"${mode}","uid":${entry.uid},"gid":${entry.gid}`;
  const path = named('path', entry.path);
  switch (entry.type) {
    case 'file': {
      const { size, live, sha256 } = entry;
      const liveText = live ? `"ctime":"${live.ctime}","inode":"${live.inode}",` : '';
      return `{${path},"type":"file","size":${size},${about},${liveText}"sha256":"${sha256}"}`;
    }
    case 'directory':
      return `{${path},"type":"directory",${about}}`;
    case 'symlink':
      return `{${path},"type":"symlink",${about},${named('target', entry.target)}}`;
  }
}

/** @throws FileEngineError `not-a-snapshot` if the line is not one of {@link encodeEntry}. */
export function decodeEntry(line: string): ManifestEntry {
  const fields = parseObject(line);
  const base = {
    path: bytesOf(fields, 'path', line),
    mtimeUs: orBroken(typeof fields.mtime === 'string' ? parseMtime(fields.mtime) : null, line),
    mode: orBroken(modeOf(fields.mode), line),
    uid: orBroken(countOf(fields.uid), line),
    gid: orBroken(countOf(fields.gid), line),
  };
  switch (fields.type) {
    case 'directory':
      return { ...base, type: 'directory' };
    case 'symlink':
      return { ...base, type: 'symlink', target: bytesOf(fields, 'target', line) };
    case 'file':
      return {
        ...base,
        type: 'file',
        size: orBroken(countOf(fields.size), line),
        sha256: orBroken(sha256Of(fields.sha256), line),
        ...liveOf(fields, line),
      };
    default:
      throw broken(line);
  }
}

/**
 * Refuses a manifest that would lead a restore out of its folder: every path must be relative and plain, come in the order of
 * the paths' bytes, and are in a folder that the manifest names before it.
 * @param forWindows also refuses what Windows takes for a drive, a stream or a separator.
 * @returns takes the entries in their order. @throws FileEngineError `not-a-snapshot`
 */
export function pathChecker(forWindows: boolean): (entry: Pick<ManifestEntry, 'path' | 'type'>) => void {
  const folders = new FoldersAbove<true>();
  let last: ByteString = '';
  return ({ path, type }) => {
    if (!isPlainPath(path) || (forWindows && /[\\:]/.test(path))) throw hostile(path, 'is not a plain relative path');
    if (path === last) throw hostile(path, 'is listed twice');
    if (path < last) throw hostile(path, 'is not in the order of the paths');
    last = path;
    const isAtTop = !path.includes('/');
    if (!folders.advance(path) && !isAtTop) throw hostile(path, 'is not in a folder of the manifest');
    if (type === 'directory') folders.enter(path, true);
  };
}

/** @param line the first one. @throws FileEngineError `not-a-snapshot` */
export function requireHeader(line: string | void, place: string): void {
  if (line === manifestHeader) return;
  throw new FileEngineError('not-a-snapshot', `${place} does not start with ${manifestHeader}`, place);
}

/** Relative, and no segment is empty, `.` or `..`. */
export function isPlainPath(path: ByteString): boolean {
  return (
    !path.includes('\0') && path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')
  );
}

function named(key: 'path' | 'target', bytes: ByteString): string {
  const text = asUtf8(bytes);
  return text === null ? `"${key}Base64":"${toBuffer(bytes).toString('base64')}"` : `"${key}":${JSON.stringify(text)}`;
}

function parseObject(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (isObject(value)) return value;
  } catch (error) {
    throw broken(line, error);
  }
  throw broken(line);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function bytesOf(fields: Record<string, unknown>, key: 'path' | 'target', line: string): ByteString {
  const text = fields[key];
  if (typeof text === 'string') return fromText(text);
  const base64 = fields[`${key}Base64`];
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64').toString('latin1');
  throw broken(line);
}

function liveOf({ ctime, inode }: Record<string, unknown>, line: string): Pick<FileEntry, 'live'> {
  return ctime === undefined && inode === undefined ? {} : { live: orBroken(parseLive(ctime, inode), line) };
}

function modeOf(value: unknown): number | null {
  return typeof value === 'string' && /^[0-7]{4}$/.test(value) ? Number.parseInt(value, 8) : null;
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function sha256Of(value: unknown): string | null {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : null;
}

function orBroken<Value>(value: Value | null, line: string): Value {
  if (value === null) throw broken(line);
  return value;
}

function broken(line: string, cause?: unknown): FileEngineError {
  return new FileEngineError('not-a-snapshot', `invalid line in the manifest: ${line.slice(0, 200)}`, '', {
    cause,
  });
}

function hostile(path: ByteString, what: string): FileEngineError {
  return new FileEngineError('not-a-snapshot', `the manifest cannot be trusted: "${path.slice(0, 200)}" ${what}`);
}

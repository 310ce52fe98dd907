import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fromBuffer, fromText, toBuffer, toText, type ByteString } from './bytes.js';
import type { OpenFolder } from './open-folder.js';
import { markFile } from './place-mark.js';
import { parts, scratchName } from './places.js';
import { isPartialName } from './snapshot-name.js';

/**
 * Backups of backups grow without bound: each holds all that were made before. So whatever is a snapshot, or a job's folder at
 * a place, is omitted from every source, no matter who made it and wherever it lies.
 */
export type OwnOutput = 'a snapshot' | 'a folder of snapshots';

/** So many of a source are named one by one; the others are counted. */
export const mostNamed = 20;

const largestRead = 65_536;

/** @param names all that the folder holds. Files are opened only where one of them is called as those of snapshots are. */
export function ownOutputIn(
  folder: Pick<OpenFolder, 'path' | 'openFile'>,
  names: readonly ByteString[],
): OwnOutput | null {
  if (names.includes(markFile) && formatOf(folder, markFile) === 'wardround-place') return 'a folder of snapshots';
  const isComplete = [parts.info, parts.manifest, parts.files].every((part) => names.includes(part));
  if (isComplete && formatOf(folder, parts.info) === 'wardround-snapshot') return 'a snapshot';
  return isUnfinished(folder.path, names) ? 'a snapshot' : null;
}

/** The nearest folder at or above a path that is a backup; null if there is none. */
export function ownOutputAbove(path: string): { readonly folder: string; readonly what: OwnOutput } | null {
  for (let folder = withoutLinks(path), below = ''; ; below = folder, folder = dirname(folder)) {
    const what = outputAt(folder);
    // Sources make consistent copies of databases in the scratch folder, which are to be backed up.
    if (what === 'a folder of snapshots' && basename(below) === scratchName) return null;
    if (what) return { folder, what };
    if (dirname(folder) === folder) return null;
  }
}

function outputAt(path: string): OwnOutput | null {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const openFile = (name: string) => openSync(join(path, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    return ownOutputIn({ path: fromText(path), openFile }, namesIn(path));
  } catch {
    return null; // Scanning meets it again, and says so.
  }
}

/** The path itself may be a link, which is copied as one. */
function withoutLinks(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}

/** Of a run that continues or was killed: `snapshot.json` is written last. */
function isUnfinished(folder: ByteString, names: readonly ByteString[]): boolean {
  if (!names.includes(parts.files) || !isPartialName(basename(toText(folder)))) return false;
  const known: readonly string[] = Object.values(parts);
  return names.every((name) => known.includes(name) || name.startsWith('.probe-'));
}

/** What a small JSON file says that its format is; null if it says nothing of the kind. */
function formatOf(folder: Pick<OpenFolder, 'openFile'>, name: string): string | null {
  try {
    const fd = folder.openFile(name);
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile() || stats.size > largestRead) return null;
      const value: unknown = JSON.parse(readFileSync(fd, 'utf8'));
      const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : null;
      return typeof format === 'string' ? format : null;
    } finally {
      closeSync(fd);
    }
  } catch {
    return null; // Someone else's file of that name.
  }
}

/** A folder above may be large, or not one that can be listed: only the names that matter are looked for. */
function namesIn(folder: string): ByteString[] {
  if (isPartialName(basename(folder)))
    return readdirSync(toBuffer(fromText(folder)), { encoding: 'buffer' }).map(fromBuffer);
  return [markFile, parts.info, parts.manifest, parts.files].filter((name) => {
    return lstatSync(join(folder, name), { throwIfNoEntry: false }) !== undefined;
  });
}

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fromText, joinBytes, type ByteString } from './bytes.js';
import type { CopyItem } from './copy-file.js';
import type { Keeps, SnapshotAddress } from './engine-types.js';
import type { Findings } from './findings.js';
import type { FileEntry } from './manifest.js';
import type { Microseconds } from './mtime.js';
import { copyAnewMarker, jobFolder, parts } from './places.js';
import { isFile, readSnapshotFiles } from './snapshot-folder.js';
import { wholeSnapshots } from './snapshot-name.js';

/** The snapshot whose unchanged files a new one shares. */
export interface PreviousSnapshot {
  readonly startedUs: Microseconds;
  entry(path: ByteString): FileEntry | undefined;
  link(entry: FileEntry): CopyItem['link'];
}

/**
 * @param wanted a name; undefined for the newest; null for none.
 * @returns null if there is nothing to share: that costs time and room, and is no error.
 */
export function openPrevious(
  place: SnapshotAddress,
  wanted: string | null | undefined,
  keeps: Keeps,
  findings: Findings,
): PreviousSnapshot | null {
  const folder = jobFolder(place);
  const name = wanted === undefined ? newestBefore(place.name, wholeSnapshots(readdirSync(folder))) : wanted;
  if (name === undefined || name === null) return null;
  if (existsSync(join(folder, copyAnewMarker))) {
    findings.add(
      'info',
      fromText(folder),
      'holds a damaged snapshot, so nothing is shared with it: all is copied anew',
    );
    return null;
  }
  const previous = join(folder, name);
  try {
    const { info, entries } = readSnapshotFiles(previous);
    // A shared file has one owner and one mode: they must be kept in the same way in both.
    if (!areSame(info.keeps, keeps)) return null;
    const files = new Map(entries.filter(isFile).map((entry) => [entry.path, entry]));
    const root = joinBytes(fromText(previous), parts.files);
    return {
      startedUs: Date.parse(info.startedAt) * 1000,
      entry: (path) => files.get(path),
      link: (entry) => ({ path: joinBytes(root, entry.path), entry }),
    };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    findings.add('warning', fromText(previous), `cannot be shared with, so all is copied anew: ${text}`);
    return null;
  }
}

/** What is dated later was made while the clock was wrong, or the clock is wrong now: it serves where nothing else does. */
function newestBefore(name: string, names: readonly string[]): string | undefined {
  return names.findLast((other) => other < name) ?? names.at(-1);
}

function areSame(a: Keeps, b: Keeps): boolean {
  return a.modes === b.modes && a.times === b.times && a.owners === b.owners && a.symlinks === b.symlinks;
}

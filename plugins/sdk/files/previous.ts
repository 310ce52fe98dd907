import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fromText, joinBytes, type ByteString } from './bytes.js';
import type { CopyItem } from './copy-file.js';
import type { Keeps } from './engine-types.js';
import type { Findings } from './findings.js';
import { ownSnapshots } from './list-own.js';
import type { FileEntry } from './manifest.js';
import type { Microseconds } from './mtime.js';
import { copyAnewMarker, jobFolder, parts, type FoundPlace } from './places.js';
import { isFile, readSnapshotFiles } from './snapshot-folder.js';
import { wholeSnapshots } from './snapshot-name.js';
import { requireTrusted } from './trust.js';
import type { Doubt } from './unchanged.js';

/** The snapshot whose unchanged files a new one shares. */
export interface PreviousSnapshot {
  readonly startedUs: Microseconds;
  entry(path: ByteString): FileEntry | undefined;
  /** @param doubt why the live file is to be read first, to see that it is the same. */
  link(entry: FileEntry, doubt: Doubt | null): CopyItem['link'];
}

/**
 * @param wanted a name; undefined for the newest; null for none.
 * @returns null if there is nothing to share: that costs time and room, and is no error.
 */
export function openPrevious(
  place: FoundPlace,
  wanted: string | null | undefined,
  keeps: Keeps,
  findings: Findings,
): PreviousSnapshot | null {
  const folder = jobFolder(place);
  const name = wanted === undefined ? newestOf(place, findings) : wanted;
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
    // Unchanged files of a snapshot that somebody else made, or changed, would be somebody else's.
    if (place.owner) requireTrusted(info, name, previous, place.owner);
    // A shared file has one owner and one mode: they must be kept in the same way in both.
    if (!areSame(info.keeps, keeps)) return null;
    const files = new Map(entries.filter(isFile).map((entry) => [entry.path, entry]));
    const root = joinBytes(fromText(previous), parts.files);
    return {
      startedUs: Date.parse(info.startedAt) * 1000,
      entry: (path) => files.get(path),
      link: (entry, doubt) => ({ path: joinBytes(root, entry.path), entry, doubt }),
    };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    findings.add('warning', fromText(previous), `cannot be shared with, so all is copied anew: ${text}`);
    return null;
  }
}

function newestOf(place: FoundPlace, findings: Findings): string | undefined {
  if (!place.owner) return wholeSnapshots(readdirSync(jobFolder(place))).at(-1);
  for (const name of ownSnapshots(place, findings.onNotice)) return name;
  return undefined;
}

function areSame(a: Keeps, b: Keeps): boolean {
  return a.modes === b.modes && a.times === b.times && a.owners === b.owners && a.symlinks === b.symlinks;
}

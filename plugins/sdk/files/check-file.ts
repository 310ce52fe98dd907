import { closeSync } from 'node:fs';
import type { ByteString } from './bytes.js';
import { FileEngineError } from './engine-types.js';
import { describeErrno } from './errors.js';
import type { FilePlace, OpenFolders } from './file-place.js';
import type { Gauge } from './gauge.js';
import type { FileEntry } from './manifest.js';
import { metadataDifference, type WriteRules } from './metadata.js';
import type { OpenFolder } from './open-folder.js';
import { openForReading, ReadFailure, readContent } from './read-file.js';

/** What is wrong with one thing of a snapshot. */
export interface Difference {
  /** Below `files/`. */
  readonly path: ByteString;
  readonly text: string;
}

/** Reads a stored file and compares it with its manifest entry. @returns null if it is as it should be. */
export function checkFile(
  at: FilePlace,
  entry: FileEntry,
  folders: OpenFolders,
  rules: WriteRules,
  gauge: Gauge,
): Difference | null {
  const text = placeDifference(at, entry, folders, rules, gauge);
  gauge.addFile();
  return text === null ? null : { path: entry.path, text };
}

function placeDifference(
  at: FilePlace,
  entry: FileEntry,
  folders: OpenFolders,
  rules: WriteRules,
  gauge: Gauge,
): string | null {
  let folder: OpenFolder;
  try {
    folder = folders.get(at.folder);
  } catch (error) {
    return missingFolder(error);
  }
  return fileDifference(folder, at.name, entry, rules, gauge);
}

/** What is wrong with all that should be in a folder that cannot be opened. */
export function missingFolder(error: unknown): string {
  return error instanceof FileEngineError ? `a parent folder no longer exists: ${error.message}` : describeErrno(error);
}

/** The same for a file in an opened folder, in words; null if it is as it should be. */
export function fileDifference(
  folder: OpenFolder,
  name: ByteString,
  entry: FileEntry,
  rules: WriteRules,
  gauge: Gauge,
): string | null {
  // A link, or a FIFO, must not even be opened.
  const stats = folder.lstat(name);
  if (!stats) return 'it is missing';
  if (!stats.isFile()) return 'it is not a regular file';
  if (Number(stats.size) !== entry.size) return `it has ${stats.size} bytes, not ${entry.size}`;
  try {
    const file = openForReading(folder, name);
    try {
      if (readContent(file, gauge).sha256 !== entry.sha256) return 'its content does not match the manifest';
      return metadataDifference(file.stats, entry, 'file', rules);
    } finally {
      closeSync(file.fd);
    }
  } catch (error) {
    if (!(error instanceof ReadFailure)) throw error;
    return describeErrno(error.cause);
  }
}

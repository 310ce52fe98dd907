import { closeSync, lstatSync } from 'node:fs';
import { joinBytes, toBuffer, type ByteString } from './bytes.js';
import { describeErrno } from './errors.js';
import type { Gauge } from './gauge.js';
import type { FileEntry } from './manifest.js';
import { metadataDifference, type WriteRules } from './metadata.js';
import { openForReading, ReadFailure, readContent } from './read-file.js';

/** What is wrong with one thing of a snapshot. */
export interface Difference {
  /** Below `files/`. */
  readonly path: ByteString;
  readonly text: string;
}

/** Reads a stored file and compares it with its manifest entry. @returns null if it is as it should be. */
export function checkFile(root: ByteString, entry: FileEntry, rules: WriteRules, gauge: Gauge): Difference | null {
  const text = fileDifference(joinBytes(root, entry.path), entry, rules, gauge);
  gauge.addFile();
  return text === null ? null : { path: entry.path, text };
}

function fileDifference(path: ByteString, entry: FileEntry, rules: WriteRules, gauge: Gauge): string | null {
  // A link, or a FIFO, must not even be opened.
  const stats = lstatSync(toBuffer(path), { bigint: true, throwIfNoEntry: false });
  if (!stats) return 'it is missing';
  if (!stats.isFile()) return 'it is no regular file';
  if (Number(stats.size) !== entry.size) return `it has ${stats.size} bytes, not ${entry.size}`;
  try {
    const file = openForReading(path);
    try {
      if (readContent(file, gauge).sha256 !== entry.sha256) return 'its content is not what the manifest says';
    } finally {
      closeSync(file.fd);
    }
  } catch (error) {
    if (!(error instanceof ReadFailure)) throw error;
    return describeErrno(error.cause);
  }
  return metadataDifference(stats, entry, 'file', rules);
}

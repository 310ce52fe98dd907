import type { ByteString } from './bytes.js';
import type { CopyOutcome } from './copy-file.js';
import type { Notice } from './engine-types.js';
import { pathOfPlace } from './file-place.js';
import type { Findings } from './findings.js';
import type { FileEntry } from './manifest.js';
import type { FileToWrite } from './write-items.js';

/** What became of the files of a snapshot, in numbers. */
export class OutcomeCounts {
  writtenBytes = 0;
  linkedFiles = 0;
  resumedFiles = 0;
  /** Files that had to be read to see that they are the same. */
  readAgain = 0;

  add(file: FileToWrite, outcome: CopyOutcome): void {
    if (outcome.kind === 'written') this.writtenBytes += outcome.file.size;
    if (outcome.kind === 'kept') this.resumedFiles += 1;
    if (outcome.kind !== 'linked') return;
    this.linkedFiles += 1;
    if (![null, undefined, 'too-recent'].includes(file.link?.doubt)) this.readAgain += 1;
  }
}

/** What the manifest says of a file; null, and a notice, if it was not copied. */
export function entryOf(outcome: CopyOutcome, file: FileToWrite, findings: Findings): FileEntry | null {
  const add = (level: Notice['level'], text: string): void => findings.add(level, pathOfPlace(file.from), text);
  switch (outcome.kind) {
    case 'linked':
      return file.link ? { ...file.link.entry, ...(outcome.readAgain ? { live: outcome.readAgain } : {}) } : null;
    case 'kept':
      return file.expected;
    case 'written':
      if (outcome.changedMeanwhile) add('warning', 'changed while it was copied');
      return fileEntry(file.path, outcome.file);
    case 'vanished':
      add('warning', 'vanished before it was copied');
      return null;
    case 'special':
      add('warning', 'is left out: it is no regular file any more');
      return null;
    case 'swapped':
      add('warning', `is left out: ${outcome.text}`);
      return null;
    case 'unreadable':
      add('error', `cannot be read: ${outcome.text}`);
      return null;
    case 'damaged':
      add('error', `is damaged: ${outcome.text}`);
      return null;
  }
}

function fileEntry(path: ByteString, file: Extract<CopyOutcome, { kind: 'written' }>['file']): FileEntry {
  const { size, mtimeUs, mode, uid, gid, sha256, live } = file;
  return { path, type: 'file', size, mtimeUs, mode, uid, gid, sha256, ...(live ? { live } : {}) };
}

import {
  chmodSync,
  chownSync,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  lutimesSync,
  utimesSync,
  type BigIntStats,
} from 'node:fs';
import { toBuffer, type ByteString } from './bytes.js';
import type { Keeps } from './engine-types.js';
import { formatMtime, forUtimes, fromNanoseconds, type Microseconds } from './mtime.js';

/** What is kept of a file or folder besides its content. */
export interface Metadata {
  readonly mtimeUs: Microseconds;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** How metadata are written to a place. */
export interface WriteRules {
  readonly keeps: Keeps;
  /**
   * False in snapshots: where owners are not kept, whoever wrote the copy must be able to read it, also if he could read the
   * original only as one of its group. A restore gives back exactly the modes of the manifest.
   */
  readonly exactModes: boolean;
}

export function metadataOf(stats: BigIntStats): Metadata {
  return {
    mtimeUs: fromNanoseconds(stats.mtimeNs),
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
  };
}

/** The mode that a copy has at a place. */
export function modeAt(mode: number, isDirectory: boolean, rules: WriteRules): number {
  if (rules.exactModes || rules.keeps.owners) return mode;
  return mode | (isDirectory ? 0o500 : 0o400);
}

/** Owner first: changing it takes away the set-user-id bit. */
export function applyToFile(fd: number, metadata: Metadata, rules: WriteRules): void {
  if (rules.keeps.owners) fchownSync(fd, metadata.uid, metadata.gid);
  if (rules.keeps.modes) fchmodSync(fd, modeAt(metadata.mode, false, rules));
  if (rules.keeps.times) futimesSync(fd, forUtimes(metadata.mtimeUs), forUtimes(metadata.mtimeUs));
}

export function applyToPath(path: ByteString, metadata: Metadata, isDirectory: boolean, rules: WriteRules): void {
  const buffer = toBuffer(path);
  if (rules.keeps.owners) chownSync(buffer, metadata.uid, metadata.gid);
  if (rules.keeps.modes) chmodSync(buffer, modeAt(metadata.mode, isDirectory, rules));
  if (rules.keeps.times) utimesSync(buffer, forUtimes(metadata.mtimeUs), forUtimes(metadata.mtimeUs));
}

/** A symbolic link has no mode of its own. */
export function applyToLink(path: ByteString, metadata: Metadata, rules: WriteRules): void {
  const buffer = toBuffer(path);
  if (rules.keeps.owners) lchownSync(buffer, metadata.uid, metadata.gid);
  if (rules.keeps.times) lutimesSync(buffer, forUtimes(metadata.mtimeUs), forUtimes(metadata.mtimeUs));
}

/** In what a copy's metadata differ from what they should be there, in words; null if in nothing. */
export function metadataDifference(
  stats: BigIntStats,
  expected: Metadata,
  type: 'file' | 'directory' | 'symlink',
  rules: WriteRules,
): string | null {
  const found = metadataOf(stats);
  const mode = modeAt(expected.mode, type === 'directory', rules);
  if (rules.keeps.modes && type !== 'symlink' && found.mode !== mode) {
    return `its mode is ${octal(found.mode)}, not ${octal(mode)}`;
  }
  if (rules.keeps.owners && (found.uid !== expected.uid || found.gid !== expected.gid)) {
    return `its owner is ${found.uid}:${found.gid}, not ${expected.uid}:${expected.gid}`;
  }
  if (rules.keeps.times && found.mtimeUs !== expected.mtimeUs) {
    return `its time is ${formatMtime(found.mtimeUs)}, not ${formatMtime(expected.mtimeUs)}`;
  }
  return null;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

import { fchmodSync, fchownSync, fstatSync, futimesSync, type BigIntStats } from 'node:fs';
import type { ByteString } from './bytes.js';
import type { Keeps } from './engine-types.js';
import { formatMtime, forUtimes, fromNanoseconds, type Microseconds } from './mtime.js';
import { usingFolder, type OpenFolder } from './open-folder.js';

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
   * False in snapshots: where owners are not kept, the user who wrote the copy must be able to read it, even if that
   * user could read the original only through its group. A restore gives back exactly the modes of the manifest.
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

/** Whose a copy is: not always who wrote it, nor his group. A folder with the set-group-id bit gives its own group to what is made in it. */
export type Owner = Pick<Metadata, 'uid' | 'gid'>;

/**
 * The mode that a copy has at a place, never wider than the original's. Where the copy has another owner or group, a program
 * loses the bit that lets it run with their rights; and what is restored to another group is open to it only as far as to all.
 */
export function modeAt(
  { mode, uid, gid }: Metadata,
  isDirectory: boolean,
  { keeps, exactModes }: WriteRules,
  copy: Owner,
): number {
  if (keeps.owners) return mode;
  const sameGroup = gid === copy.gid;
  const kept = mode & (0o1777 | (uid === copy.uid ? 0o4000 : 0) | (sameGroup ? 0o2000 : 0));
  if (!exactModes) return kept | (isDirectory ? 0o500 : 0o400);
  return sameGroup || process.platform === 'win32' ? kept : kept & (0o7707 | ((kept & 0o007) << 3));
}

/** Owner first: changing it takes away the set-user-id bit. */
export function applyToFile(fd: number, metadata: Metadata, rules: WriteRules): void {
  const { keeps } = rules;
  if (keeps.owners) fchownSync(fd, metadata.uid, metadata.gid);
  if (keeps.modes) fchmodSync(fd, modeAt(metadata, false, rules, keeps.owners ? metadata : fstatSync(fd)));
  if (keeps.times) futimesSync(fd, forUtimes(metadata.mtimeUs), forUtimes(metadata.mtimeUs));
}

export function applyToFolder(parent: OpenFolder, name: ByteString, metadata: Metadata, rules: WriteRules): void {
  usingFolder(parent.child(name), (folder) => {
    if (rules.keeps.owners) folder.setOwner(metadata.uid, metadata.gid);
    if (rules.keeps.modes) folder.setMode(modeAt(metadata, true, rules, metadataOf(folder.stats)));
    if (rules.keeps.times) folder.setTime(metadata.mtimeUs);
  });
}

/** A symbolic link has no mode of its own. */
export function applyToLink(folder: OpenFolder, name: ByteString, metadata: Metadata, rules: WriteRules): void {
  if (rules.keeps.owners) folder.setLinkOwner(name, metadata.uid, metadata.gid);
  if (rules.keeps.times) folder.setLinkTime(name, metadata.mtimeUs);
}

/** In what a copy's metadata differ from what they should be there, in words; null if in nothing. */
export function metadataDifference(
  stats: BigIntStats,
  expected: Metadata,
  type: 'file' | 'directory' | 'symlink',
  rules: WriteRules,
): string | null {
  const found = metadataOf(stats);
  const mode = modeAt(expected, type === 'directory', rules, found);
  // Who compares may be another user than who wrote, for whom other bits of these are kept.
  const compared = rules.keeps.owners ? 0o7777 : 0o1777;
  if (rules.keeps.modes && type !== 'symlink' && (found.mode & compared) !== (mode & compared)) {
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

import { isAbsolute, join } from 'node:path';
import { FileEngineError, type SnapshotAddress, type SnapshotPlace } from './engine-types.js';
import type { OwnFolder } from './own-folder.js';
import { parseSnapshotName, partialSuffix } from './snapshot-name.js';

/** What a snapshot's folder holds, and nothing else. */
export const parts = {
  files: 'files',
  manifest: 'manifest.jsonl',
  checksums: 'SHA256SUMS',
  info: 'snapshot.json',
} as const;

/**
 * Stands in a job's folder after a verification failed. A damaged file that is shared by hard links would damage every
 * snapshot to come, so the next one shares nothing.
 */
export const copyAnewMarker = '.copy-anew';

/** In a job's folder, what is made for the time of a run only. */
export const scratchName = '.scratch';
/** A place whose owner's folder has been looked for, if it has an owner: see `locate.ts`. */
export interface FoundPlace extends SnapshotPlace {
  readonly own?: OwnFolder | undefined;
}
export type FoundAddress = FoundPlace & SnapshotAddress & { readonly manifestSha256?: string | undefined };

/** @throws FileEngineError `bad-argument` unless the root is absolute and the job's name a name. */
export function jobFolder({ root, job, own }: FoundPlace): string {
  if (!isAbsolute(root)) throw new FileEngineError('bad-argument', `"${root}" is not an absolute path`, root);
  return join(root, own?.folder ?? checkName(job));
}

/** The folder of a whole snapshot. @throws FileEngineError `bad-argument` */
export function snapshotFolder(address: FoundAddress): string {
  if (parseSnapshotName(address.name) === null) {
    throw new FileEngineError('bad-argument', `"${address.name}" is not a snapshot name such as 2026-11-22T02-00-00Z`);
  }
  return join(jobFolder(address), address.name);
}

/** The name, in the job's folder, of a snapshot that is not whole yet. */
export function partialName({ name }: Pick<SnapshotAddress, 'name'>): string {
  return name + partialSuffix;
}

/** Jobs and sources are folders: their names are kept to what cannot lead elsewhere. @throws FileEngineError `bad-argument` */
export function checkName(name: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return name;
  throw new FileEngineError(
    'bad-argument',
    `"${name}" is not a valid name: 1 to 63 lower-case letters, digits and hyphens`,
  );
}

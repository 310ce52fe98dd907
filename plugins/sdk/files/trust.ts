import type { JobOrigin, KnownSnapshot, PlaceOwner } from '../plugin.js';
import { FileEngineError, type SnapshotInfo } from './engine-types.js';
import { isSignedByItsOrigin } from './signature.js';

/**
 * What a snapshot's own files say of it is worth nothing by itself: who can write there can write that. So it is the owner's
 * only if his event log knows its manifest, or if he has signed it.
 */
export type Trust = 'known' | 'signed' | 'altered' | 'foreign';

export function isTrusted(trust: Trust): boolean {
  return trust === 'known' || trust === 'signed';
}

export function isSameOrigin(a: JobOrigin, b: JobOrigin): boolean {
  return a.installation === b.installation && a.site === b.site && a.server === b.server && a.job === b.job;
}

/** @param name that of its folder */
export function judgeTrust(info: SnapshotInfo, name: string, { origin, known }: TrustBasis): Trust {
  const sums = known.filter((snapshot) => snapshot.name === name).map(({ manifestSha256 }) => manifestSha256);
  const isWhatItIsCalled = info.name === name && info.job === origin.job;
  if (isWhatItIsCalled && sums.includes(info.manifestSha256)) return 'known';
  if (sums.length > 0) return 'altered';
  const isSigned =
    isWhatItIsCalled && info.version === 2 && isSameOrigin(info.origin, origin) && isSignedByItsOrigin(info);
  return isSigned ? 'signed' : 'foreign';
}

export type TrustBasis = Pick<PlaceOwner, 'origin'> & { readonly known: readonly KnownSnapshot[] };

/** @throws FileEngineError `foreign` unless the snapshot is the owner's */
export function requireTrusted(info: SnapshotInfo, name: string, folder: string, owner: TrustBasis): void {
  const trust = judgeTrust(info, name, owner);
  if (!isTrusted(trust)) throw distrusted(trust, folder);
}

function distrusted(trust: Trust, folder: string): FileEngineError {
  const text =
    trust === 'altered'
      ? `${folder} is not the snapshot that was verified under this name: it was altered or replaced`
      : `${folder} was not made by this installation: it is not in the event log, and its signature is missing or from another installation`;
  return new FileEngineError('foreign', text, folder);
}

/**
 * Holds a snapshot to what is asked for.
 * @throws FileEngineError `not-a-snapshot` if it is another job's or another day's, `foreign` if its manifest is another one
 */
export function requireSame(
  info: SnapshotInfo,
  wanted: { readonly job: string; readonly name: string; readonly manifestSha256?: string | undefined },
  folder: string,
): void {
  if (info.job !== wanted.job || info.name !== wanted.name) {
    throw new FileEngineError(
      'not-a-snapshot',
      `${folder} was replaced with the snapshot ${info.name} of ${info.job}`,
      folder,
    );
  }
  if (wanted.manifestSha256 !== undefined && info.manifestSha256 !== wanted.manifestSha256) {
    throw distrusted('altered', folder);
  }
}

import { createHash, createPublicKey, sign, verify } from 'node:crypto';
import type { SnapshotInfo2, SnapshotSignature, Signer } from './engine-types.js';

type Signed = Omit<SnapshotInfo2, 'signature'>;

/**
 * The text that is signed: what is the same in every copy of a snapshot, so that a copy carries the signature of the first one.
 * `finishedAt` and `keeps` are of one copy each, and are not in it.
 */
export function signedText(info: Signed): string {
  const { format, version, origin, name, startedAt, files, directories, symlinks, bytes, manifestSha256 } = info;
  const { installation, site, server, job, runId } = origin;
  const whose = [installation, site, server, job, runId];
  return JSON.stringify([
    format,
    version,
    ...whose,
    name,
    startedAt,
    files,
    directories,
    symlinks,
    bytes,
    manifestSha256,
  ]);
}

export function signSnapshot(info: Signed, { publicKey, privateKey }: Signer): SnapshotSignature {
  return { key: publicKey, value: sign(null, Buffer.from(signedText(info), 'utf8'), privateKey).toString('base64url') };
}

/** Whether the installation that it names has made it: its key has signed it, and the installation's id is that of the key. */
export function isSignedByItsOrigin({ signature, ...info }: SnapshotInfo2): boolean {
  try {
    const der = Buffer.from(signature.key, 'base64url');
    if (installationOf(der) !== info.origin.installation) return false;
    const key = createPublicKey({ key: der, type: 'spki', format: 'der' });
    if (key.asymmetricKeyType !== 'ed25519') return false;
    return verify(null, Buffer.from(signedText(info), 'utf8'), key, Buffer.from(signature.value, 'base64url'));
  } catch {
    return false; // No key at all.
  }
}

/** @param publicKey SPKI, DER */
function installationOf(publicKey: Buffer): string {
  return createHash('sha256').update(publicKey).digest('base64url').slice(0, 22);
}

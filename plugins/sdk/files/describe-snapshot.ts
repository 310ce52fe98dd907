import type { SnapshotInfo, SnapshotInfo1, SnapshotOrigin } from './engine-types.js';
import { signSnapshot } from './signature.js';

/** What is known of a snapshot before its manifest is. */
export type SnapshotAbout = Omit<SnapshotInfo1, 'format' | 'version' | 'server' | 'runId' | 'manifestSha256'>;

/** The `snapshot.json` of a new snapshot. */
export function describeNew(
  about: SnapshotAbout,
  { server, runId, signer }: SnapshotOrigin,
): (manifestSha256: string) => SnapshotInfo {
  return (manifestSha256) => {
    const { job, name, ...rest } = about;
    const head = { format: 'wardround-snapshot', job, name, server, runId } as const;
    if (!signer) return { ...head, version: 1, ...rest, manifestSha256 };
    const { installation, site } = signer;
    const origin = { installation, site, server, job, runId };
    const unsigned = { ...head, version: 2, origin, ...rest, manifestSha256 } as const;
    return { ...unsigned, signature: signSnapshot(unsigned, signer) };
  };
}

/** The `snapshot.json` of a copy: whose it is, and what its maker has signed, stays. */
export function describeCopy(of: SnapshotInfo, about: SnapshotAbout): (manifestSha256: string) => SnapshotInfo {
  return (manifestSha256) => ({ ...of, ...about, manifestSha256 });
}

import type { SnapshotAbout } from './describe-snapshot.js';
import type { MadeSnapshot, SnapshotInfo } from './engine-types.js';
import { confirm } from './locate.js';
import type { OutcomeCounts } from './outcomes.js';
import type { PartialSnapshot } from './partial-snapshot.js';
import { snapshotFolder, type FoundAddress } from './places.js';
import type { SnapshotWriter } from './snapshot-writer.js';

/** What a snapshot says of itself besides what it holds. */
interface About {
  readonly startedAt: string;
  describe(about: SnapshotAbout): (manifestSha256: string) => SnapshotInfo;
}

/** Writes what describes a snapshot, when all that it holds has been written. */
export function finishSnapshot(
  address: FoundAddress,
  { job: opened, keeps }: PartialSnapshot,
  writer: SnapshotWriter,
  { startedAt, describe }: About,
  { counts, warnings }: { readonly counts: OutcomeCounts; readonly warnings: number },
): MadeSnapshot {
  const { job, name } = address;
  const finishedAt = new Date().toISOString();
  const { files, directories, symlinks, bytes } = writer.finish((counted, manifestSha256) =>
    describe({ job, name, startedAt, finishedAt, ...counted, keeps })(manifestSha256),
  );
  confirm(address, opened);
  const { linkedFiles, resumedFiles, writtenBytes } = counts;
  const place = snapshotFolder(address);
  return { place, files, directories, symlinks, bytes, linkedFiles, resumedFiles, writtenBytes, warnings };
}

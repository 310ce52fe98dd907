import type { EventOf } from '../../../event-log/event-types.js';
import type { backupVerified, snapshotRemoved } from '../../backups.events.js';
import type { SnapshotRow } from './snapshots.entity.js';

export type SnapshotEvent = EventOf<typeof backupVerified | typeof snapshotRemoved>;
export type SnapshotRowKey = Pick<SnapshotRow, 'site' | 'server' | 'job' | 'destination' | 'snapshot'>;

export function snapshotKey({ data: { site, server, job, destination, snapshot } }: SnapshotEvent): SnapshotRowKey {
  return { site, server, job, destination, snapshot };
}

/** A snapshot that was verified again is as it was seen last. */
export function foldSnapshot(_: SnapshotRow | undefined, event: SnapshotEvent, place: number): SnapshotRow | undefined {
  if (event.type === 'snapshot.removed') return undefined;
  const { runId, place: folder, files, bytes, manifestSha256 } = event.data;
  return {
    ...snapshotKey(event),
    logPlace: place,
    runId,
    place: folder,
    files,
    bytes,
    manifestSha256,
    verifiedAt: event.time,
  };
}

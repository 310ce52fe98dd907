import { upsert } from '../../../store/upsert.adapter.js';
import type { ViewTransaction } from '../../../store/view-store.adapter.js';
import type { Projection } from '../../../folding/projection.js';
import { snapshotTable, type SnapshotRow } from './snapshots.entity.js';
import type { EventOfType } from '../../../all.events.js';

const types = ['backup.verified', 'snapshot.removed'] as const;

/** The snapshots that exist: verified, and not removed. */
export const snapshotsView: Projection<ViewTransaction, (typeof types)[number]> = {
  name: 'snapshots',
  version: 2,
  types,
  tables: [snapshotTable.options.name],
  async project(recorded, tx) {
    const rows = new Map<string, { event: EventOfType<(typeof types)[number]>; row: SnapshotRow | null }>();
    for (const { event, position } of recorded)
      rows.set(keyText(event.data), { event, row: rowOf(event, position.offset) });
    const last = [...rows.values()];
    await upsert(
      tx,
      snapshotTable,
      last.flatMap(({ row }) => (row ? [row] : [])),
    );
    for (const { event, row } of last) {
      const { site, server, job, destination, snapshot } = event.data;
      if (!row) await tx.delete(snapshotTable, { site, server, job, destination, snapshot });
    }
  },
};

function rowOf(event: EventOfType<(typeof types)[number]>, offset: number): SnapshotRow | null {
  if (event.type === 'snapshot.removed') return null;
  const { site, server, job, destination, snapshot, runId, place, files, bytes, manifestSha256 } = event.data;
  return {
    site,
    server,
    job,
    destination,
    snapshot,
    logPlace: offset,
    runId,
    place,
    files,
    bytes,
    manifestSha256,
    verifiedAt: event.time,
  };
}

function keyText({
  site,
  server,
  job,
  destination,
  snapshot,
}: Pick<SnapshotRow, 'site' | 'server' | 'job' | 'destination' | 'snapshot'>): string {
  return [site, server, job, destination, snapshot].join('\n');
}

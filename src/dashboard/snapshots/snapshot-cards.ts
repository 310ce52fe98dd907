import { localCopyName } from '../../backups/backups.events.js';
import type { SnapshotRow } from '../../backups/views/snapshots/snapshots.entity.js';
import { snapshotMoment } from '../../shared/snapshot-times.js';
import { bytesText, count, moment, optionalMoment, type Count, type Here, type Moment } from '../humanise.js';
import type { JobTitles, ServerTitles } from '../titles.js';

/** One moment at which a job was backed up, with the places that hold it. */
export interface SnapshotCard {
  readonly name: string;
  readonly at: Moment | null;
  readonly jobTitle: string;
  readonly server: string;
  readonly runId: string;
  readonly files: Count;
  readonly size: string;
  readonly places: readonly {
    readonly destination: string;
    readonly isLocalCopy: boolean;
    readonly place: string;
    readonly verifiedAt: Moment;
  }[];
}

/** Snapshots of one run stand together: one line, several places. Rows come newest first, those of one time adjoining. */
export function snapshotCards(
  rows: readonly SnapshotRow[],
  titles: { readonly job: JobTitles; readonly server: ServerTitles },
  here: Here,
): SnapshotCard[] {
  const groups = new Map<string, SnapshotRow[]>();
  for (const row of rows) {
    const key = [row.snapshot, row.site, row.server, row.job].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) => {
    const first = group[0];
    if (!first) return [];
    return [
      {
        name: first.snapshot,
        at: optionalMoment(snapshotMoment(first.snapshot), here),
        jobTitle: titles.job(first),
        server: titles.server(first.site, first.server),
        runId: first.runId,
        files: count(first.files, here),
        size: bytesText(first.bytes, here),
        places: [...group].sort(localCopyFirst).map(({ destination, place, verifiedAt }) => ({
          destination,
          isLocalCopy: destination === localCopyName,
          place,
          verifiedAt: moment(verifiedAt, here),
        })),
      },
    ];
  });
}

function localCopyFirst(a: SnapshotRow, b: SnapshotRow): number {
  return Number(b.destination === localCopyName) - Number(a.destination === localCopyName);
}

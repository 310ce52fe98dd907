import { EntitySchema } from 'typeorm';
import { bytes, integer, key, large, text } from '../../../store/columns.js';

/** A finished, verified snapshot that has not been removed. */
export interface SnapshotRow {
  site: string;
  server: string;
  job: string;
  /** `local-copy`, or the destination's name. */
  destination: string;
  /** Its time: `2026-11-22T02-00-00Z`. */
  snapshot: string;
  /** Where it was recorded in the log: of one job's snapshots, the newest is the one that lies last. */
  logPlace: number;
  runId: string;
  place: string;
  files: number;
  bytes: number;
  manifestSha256: string;
  /** RFC 3339. */
  verifiedAt: string;
}

export const snapshotTable = new EntitySchema<SnapshotRow>({
  name: 'snapshots',
  columns: {
    site: key,
    server: key,
    job: key,
    destination: key,
    snapshot: key,
    logPlace: large,
    runId: text,
    place: { type: 'text' },
    files: integer,
    bytes,
    manifestSha256: text,
    verifiedAt: text,
  },
});

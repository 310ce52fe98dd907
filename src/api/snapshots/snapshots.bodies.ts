import { z } from 'zod';
import type { SnapshotRow } from '../../backups/views/snapshots/snapshots.entity.js';
import { moment, count, onServer, type Body } from '../bodies.js';

export const snapshotSchema = z.object({
  ...onServer,
  job: z.string(),
  destination: z.string().describe('`local-copy`, or the name of the destination'),
  snapshot: z.string().describe('Its name, its time: `2026-11-22T02-00-00Z`'),
  runId: z.string(),
  place: z.string(),
  files: count,
  bytes: count,
  manifestSha256: z.string(),
  verifiedAt: moment,
});

export function snapshotBody({ logPlace: _ofOrderOnly, ...row }: SnapshotRow): Body<typeof snapshotSchema> {
  return row;
}

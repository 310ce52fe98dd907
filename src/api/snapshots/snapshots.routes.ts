import { z } from 'zod';
import { nameSchema } from '../../shared/names.js';
import { listOf } from '../bodies.js';
import { none, base, ofPage, type Resource } from '../route.js';
import { snapshotSchema } from './snapshots.bodies.js';

export const snapshots = {
  named: { Snapshot: snapshotSchema },
  routes: {
    listSnapshots: {
      method: 'GET',
      path: `${base}/snapshots`,
      needs: 'read-status',
      summary: 'Verified snapshots, newest first',
      params: none,
      body: none,
      query: z.strictObject({ job: nameSchema.optional().describe('Only snapshots of this job'), ...ofPage }),
      answer: { status: 200, body: listOf(snapshotSchema) },
      errors: [],
    },
  },
} as const satisfies Resource;

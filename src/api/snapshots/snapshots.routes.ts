import { z } from 'zod';
import { addressPatternSchema } from '../../shared/address.js';
import { listOf } from '../bodies.js';
import { none, atServers, base, ofPage, type Resource } from '../route.js';
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
      query: z.strictObject({
        job: addressPatternSchema
          .optional()
          .describe(
            'Only snapshots of this job: `<site>/<server>/<name>`, or `<name>` for those of all jobs of that name',
          ),
        ...atServers,
        ...ofPage,
      }),
      answer: { status: 200, body: listOf(snapshotSchema) },
      errors: [],
    },
  },
} as const satisfies Resource;

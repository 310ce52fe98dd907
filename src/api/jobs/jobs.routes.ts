import { z } from 'zod';
import { nameSchema } from '../../shared/names.js';
import { listOf } from '../bodies.js';
import { none, base, page, type Resource } from '../route.js';
import { jobSchema, startedRunSchema, restoredSchema } from './jobs.bodies.js';

const job = z.strictObject({ name: z.string().min(1) });

export const jobs = {
  named: { Job: jobSchema },
  routes: {
    listJobs: {
      method: 'GET',
      path: `${base}/jobs`,
      needs: 'read-status',
      summary: 'The backup jobs with their last runs',
      params: none,
      query: page,
      body: none,
      answer: { status: 200, body: listOf(jobSchema) },
      errors: [],
    },
    startRun: {
      method: 'POST',
      path: `${base}/jobs/{name}/runs`,
      needs: 'run-backups',
      summary: 'Start a backup job now',
      params: job,
      query: none,
      body: z.strictObject({
        newPlaces: z
          .array(nameSchema)
          .max(100)
          .optional()
          .describe(
            'Destinations (or local-copy) that are to be used from now on, though they are not the drive or share of last time',
          ),
      }),
      errors: [404, 409, 422, 502, 507],
      answer: {
        status: 202,
        body: startedRunSchema,
        headers: { location: 'The address of the run, which shows how far it has come' },
      },
    },
    restore: {
      method: 'POST',
      path: `${base}/jobs/{name}/restores`,
      needs: 'restore',
      summary: 'Restore a snapshot and wait until it is done',
      params: job,
      query: none,
      body: z.strictObject({
        to: z.string().min(1).max(4096).describe('Absolute path of an empty or absent folder on the server'),
        snapshot: z.string().min(1).max(100).optional().describe('Its name; without it, the newest'),
        destination: nameSchema.optional().describe('Where to take it from; without it, the nearest'),
      }),
      answer: { status: 200, body: restoredSchema },
      errors: [404, 409, 422, 502, 507],
      token: true,
    },
  },
} as const satisfies Resource;

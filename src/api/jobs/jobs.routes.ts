import { z } from 'zod';
import { nameSchema } from '../../shared/names.js';
import { listOf } from '../bodies.js';
import { none, atServers, base, ofPage, ofServers, wholeAddress, type Resource } from '../route.js';
import { jobSchema, startedRunSchema, restoredSchema } from './jobs.bodies.js';

const job = z.strictObject({
  name: z
    .string()
    .min(1)
    .describe('`nightly`, or `reception/nightly` or `main/reception/nightly` with each / written %2F'),
});

const startBody = z.strictObject({
  newPlaces: z
    .array(nameSchema)
    .max(100)
    .optional()
    .describe('Destinations (or local-copy) whose drive or share was replaced and is to be used from now on'),
});

const restoreBody = z.strictObject({
  to: z.string().min(1).max(4096).describe('Absolute path of an empty or new folder on the server'),
  snapshot: z.string().min(1).max(100).optional().describe('Name of the snapshot; default: the newest'),
  destination: nameSchema.optional().describe('Destination to restore from; default: the nearest'),
});

const startRun = {
  method: 'POST',
  needs: 'run-backups',
  query: none,
  body: startBody,
  errors: [404, 409, 422, 502, 507],
  answer: {
    status: 202,
    body: startedRunSchema,
    headers: { location: 'The URL of the run, with its progress' },
  },
} as const;

const restore = {
  method: 'POST',
  needs: 'restore',
  query: none,
  body: restoreBody,
  answer: { status: 200, body: restoredSchema },
  errors: [404, 409, 422, 502, 507],
  token: true,
} as const;

export const jobs = {
  named: { Job: jobSchema },
  routes: {
    listJobs: {
      method: 'GET',
      path: `${base}/jobs`,
      needs: 'read-status',
      summary: 'Backup jobs with their last runs',
      params: none,
      query: z.strictObject({ ...atServers, ...ofPage }),
      body: none,
      answer: { status: 200, body: listOf(jobSchema) },
      errors: [],
    },
    findJob: {
      method: 'GET',
      needs: 'read-status',
      path: `${ofServers}/jobs/{name}`,
      summary: 'A backup job with its last runs',
      params: wholeAddress,
      query: none,
      body: none,
      answer: { status: 200, body: jobSchema },
      errors: [404],
    },
    startRun: {
      ...startRun,
      path: `${base}/jobs/{name}/runs`,
      summary: 'Start a backup run; 409 with `candidates` where several servers have one of that name',
      params: job,
    },
    startRunOnServer: {
      ...startRun,
      path: `${ofServers}/jobs/{name}/runs`,
      summary: 'Start a backup job of a server now',
      params: wholeAddress,
    },
    restore: {
      ...restore,
      path: `${base}/jobs/{name}/restores`,
      summary:
        'Restore a snapshot and wait for the result; 409 with `candidates` where several servers have a job of that name',
      params: job,
    },
    restoreOnServer: {
      ...restore,
      path: `${ofServers}/jobs/{name}/restores`,
      summary: 'Restore a snapshot of a job of a server and wait until it is done',
      params: wholeAddress,
    },
  },
} as const satisfies Resource;

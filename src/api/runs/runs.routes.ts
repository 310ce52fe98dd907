import { z } from 'zod';
import { runOutcomes } from '../../backups/backups.events.js';
import { addressPatternSchema } from '../../shared/address.js';
import { listOf } from '../bodies.js';
import { none, atServers, base, wholeNumber, ofPage, id, type Resource } from '../route.js';
import { runSchema, runWithProtocolSchema } from './runs.bodies.js';

export const runs = {
  named: { Run: runSchema, RunWithProtocol: runWithProtocolSchema },
  routes: {
    listRuns: {
      method: 'GET',
      path: `${base}/runs`,
      needs: 'read-status',
      summary: 'Runs of backup jobs, newest first',
      params: none,
      body: none,
      query: z.strictObject({
        job: addressPatternSchema
          .optional()
          .describe('Only runs of this job: `<site>/<server>/<name>`, or `<name>` for those of all jobs of that name'),
        ...atServers,
        outcome: z.enum(runOutcomes).optional(),
        ...ofPage,
      }),
      answer: { status: 200, body: listOf(runSchema) },
      errors: [],
    },
    findRun: {
      method: 'GET',
      path: `${base}/runs/{id}`,
      needs: 'read-status',
      summary: 'A run with its protocol',
      params: id,
      body: none,
      query: z.strictObject({
        afterLine: wholeNumber(0, 999_999_999).default(0).describe('Only lines after this number'),
        limit: wholeNumber(1, 5000).default(1000).describe('Maximum number of lines'),
      }),
      answer: { status: 200, body: runWithProtocolSchema },
      errors: [404],
    },
    acceptRun: {
      method: 'POST',
      path: `${base}/runs/{id}/accept`,
      needs: 'accept-backups',
      summary: 'Accept a suspicious run, so that it counts as succeeded',
      params: id,
      query: none,
      body: z.strictObject({ note: z.string().max(1000).optional().describe('Reason') }),
      answer: { status: 200, body: runSchema },
      errors: [404, 409],
      token: true,
    },
  },
} as const satisfies Resource;

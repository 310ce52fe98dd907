import { z } from 'zod';
import { applyReportSchema } from '../../configuration/apply-report.js';
import { none, base, type Resource } from '../route.js';
import { configurationSchema } from './configuration.bodies.js';

export const configuration = {
  named: {},
  routes: {
    readConfiguration: {
      method: 'GET',
      path: `${base}/configuration`,
      needs: 'read-configuration',
      summary: 'Problems in the configuration file',
      params: none,
      query: none,
      body: none,
      answer: { status: 200, body: configurationSchema },
      errors: [],
    },
    applyConfiguration: {
      method: 'POST',
      path: `${base}/configuration/apply`,
      needs: 'define',
      summary: 'Apply the configuration file, or preview the changes',
      params: none,
      query: none,
      body: z.strictObject({
        dryRun: z.boolean().default(false),
        takeOver: z
          .boolean()
          .default(false)
          .describe('Manage from now on what other files manage, as far as this file states it'),
      }),
      answer: { status: 200, body: applyReportSchema },
      errors: [409, 422],
      token: true,
    },
  },
} as const satisfies Resource;

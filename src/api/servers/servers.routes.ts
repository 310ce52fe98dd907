import { z } from 'zod';
import { listOf } from '../bodies.js';
import { none, atServers, base, ofPage, type Resource } from '../route.js';
import { serverSchema } from './servers.bodies.js';

export const servers = {
  named: { Server: serverSchema },
  routes: {
    listServers: {
      method: 'GET',
      path: `${base}/servers`,
      needs: 'read-status',
      summary: 'The monitored servers, in the order of their definition',
      params: none,
      query: z.strictObject({ ...atServers, ...ofPage }),
      body: none,
      answer: { status: 200, body: listOf(serverSchema) },
      errors: [],
    },
  },
} as const satisfies Resource;

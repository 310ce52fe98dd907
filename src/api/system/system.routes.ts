import { none, base, type Resource } from '../route.js';
import { healthSchema, readySchema, systemSchema } from './system.bodies.js';

export const system = {
  named: {},
  routes: {
    readSystem: {
      method: 'GET',
      path: `${base}/system`,
      needs: 'read-system',
      summary: 'Health of this process: dependencies, event processing and queues',
      params: none,
      query: none,
      body: none,
      answer: { status: 200, body: systemSchema },
      errors: [],
    },
    ready: {
      method: 'GET',
      path: '/readyz',
      needs: 'nothing',
      summary: 'Readiness: whether the process can accept and process events; 503 with the reasons if not',
      params: none,
      query: none,
      body: none,
      answer: { status: 200, body: readySchema },
      errors: [],
    },
    health: {
      method: 'GET',
      path: '/healthz',
      needs: 'nothing',
      summary: 'Liveness of the process',
      params: none,
      query: none,
      body: none,
      answer: { status: 200, body: healthSchema },
      errors: [],
    },
  },
} as const satisfies Resource;

import { none, base, type Resource } from '../route.js';
import { healthSchema, readySchema, systemSchema } from './system.bodies.js';

export const system = {
  named: {},
  routes: {
    readSystem: {
      method: 'GET',
      path: `${base}/system`,
      needs: 'read-system',
      summary: 'How this process gets on: what it depends on, who is behind, what waits',
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
      summary: 'Whether the process can take events and show what became of them; 503 with what is wrong',
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
      summary: 'Whether the process lives',
      params: none,
      query: none,
      body: none,
      answer: { status: 200, body: healthSchema },
      errors: [],
    },
  },
} as const satisfies Resource;

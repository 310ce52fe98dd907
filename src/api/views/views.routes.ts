import { z } from 'zod';
import { none, base, type Resource } from '../route.js';
import { rebuiltViewsSchema } from './views.bodies.js';

export const views = {
  named: {},
  routes: {
    rebuildViews: {
      method: 'POST',
      path: `${base}/views/rebuild`,
      needs: 'administer-event-processing',
      summary: 'Rebuild one view, or all views, from the log',
      params: none,
      query: none,
      body: z.strictObject({ view: z.string().min(1).max(100).optional() }),
      answer: { status: 200, body: rebuiltViewsSchema },
      errors: [404],
      token: true,
    },
  },
} as const satisfies Resource;

import { z } from 'zod';
import { none, base, type Resource } from '../route.js';

export const openapi = {
  named: {},
  routes: {
    openApi: {
      method: 'GET',
      path: `${base}/openapi.json`,
      needs: 'nothing',
      summary: 'This document',
      params: none,
      query: none,
      body: none,
      answer: { status: 200, body: z.looseObject({ openapi: z.literal('3.1.0') }) },
      errors: [],
    },
  },
} as const satisfies Resource;

import { listOf } from '../bodies.js';
import { none, base, page, id, type Resource } from '../route.js';
import { checkupSchema, historicResultSchema, checkupRunSchema } from './checkups.bodies.js';

export const checkups = {
  named: { Checkup: checkupSchema, CheckupResult: historicResultSchema },
  routes: {
    listCheckups: {
      method: 'GET',
      path: `${base}/checkups`,
      needs: 'read-status',
      summary: 'The check-ups with their newest result',
      params: none,
      query: page,
      body: none,
      answer: { status: 200, body: listOf(checkupSchema) },
      errors: [],
    },
    checkupHistory: {
      method: 'GET',
      path: `${base}/checkups/{id}/history`,
      needs: 'read-status',
      summary: 'The results of a check-up, newest first',
      params: id,
      query: page,
      body: none,
      answer: { status: 200, body: listOf(historicResultSchema) },
      errors: [404],
    },
    runCheckup: {
      method: 'POST',
      path: `${base}/checkups/{id}/runs`,
      needs: 'run-checkups',
      summary: 'Run a check-up now and wait for its result',
      params: id,
      query: none,
      body: none,
      answer: { status: 200, body: checkupRunSchema },
      errors: [404, 409, 422, 502],
    },
  },
} as const satisfies Resource;

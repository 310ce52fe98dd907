import { z } from 'zod';
import { listOf } from '../bodies.js';
import { none, atServers, base, ofPage, ofServers, page, wholeAddress, type Resource } from '../route.js';
import { checkupSchema, historicResultSchema, checkupRunSchema } from './checkups.bodies.js';

const checkup = z.strictObject({
  id: z
    .string()
    .min(1)
    .describe('Its id, `main.reception.disk`; or `disk`, where no other server has one of that name'),
});

const history = {
  method: 'GET',
  needs: 'read-status',
  query: page,
  body: none,
  answer: { status: 200, body: listOf(historicResultSchema) },
  errors: [404, 409],
} as const;

const run = {
  method: 'POST',
  needs: 'run-checkups',
  query: none,
  body: none,
  answer: { status: 200, body: checkupRunSchema },
  errors: [404, 409, 422, 502],
} as const;

export const checkups = {
  named: { Checkup: checkupSchema, CheckupResult: historicResultSchema },
  routes: {
    listCheckups: {
      method: 'GET',
      path: `${base}/checkups`,
      needs: 'read-status',
      summary: 'Check-ups with their newest result',
      params: none,
      query: z.strictObject({ ...atServers, ...ofPage }),
      body: none,
      answer: { status: 200, body: listOf(checkupSchema) },
      errors: [],
    },
    findCheckup: {
      method: 'GET',
      needs: 'read-status',
      path: `${ofServers}/checkups/{name}`,
      summary: 'A check-up with its newest result',
      params: wholeAddress,
      query: none,
      body: none,
      answer: { status: 200, body: checkupSchema },
      errors: [404],
    },
    checkupHistory: {
      ...history,
      path: `${base}/checkups/{id}/history`,
      summary: 'The results of a check-up, newest first',
      params: checkup,
    },
    checkupHistoryOnServer: {
      ...history,
      path: `${ofServers}/checkups/{name}/history`,
      summary: 'The results of a check-up of a server, newest first',
      params: wholeAddress,
      errors: [404],
    },
    runCheckup: {
      ...run,
      path: `${base}/checkups/{id}/runs`,
      summary: 'Run a check-up now and wait for its result',
      params: checkup,
    },
    runCheckupOnServer: {
      ...run,
      path: `${ofServers}/checkups/{name}/runs`,
      summary: 'Run a check-up of a server now and wait for its result',
      params: wholeAddress,
    },
  },
} as const satisfies Resource;

// Long because it is the one table of all routes: the server and its OpenAPI document are both made of it.
import { z } from 'zod';
import { eventTypes } from '../capabilities.js';
import { runOutcomes } from '../backups/backups.events.js';
import { applyReportSchema } from '../configuration/apply-report.js';
import { nameSchema } from '../shared/names.js';
import { cursorPattern } from './cursor.js';
import { eventMediaTypes } from './cloud-events.js';
import { outsideTypeNames } from './outside-events.js';
import { mostEventsAtOnce } from './request-limits.js';
import * as resources from './resources.js';

/** One route of the API: what it takes, what it answers. The controllers serve from this, and the document is made of it. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** With parameters as in OpenAPI: `/api/v1/runs/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  /** Of a POST; an empty body is taken for `{}`. */
  readonly body: z.ZodObject;
  /** In place of `body`, where several media types are taken: each with what it holds. The controller reads the request itself. */
  readonly contents?: Readonly<Record<string, z.ZodType>>;
  /** Headers that mean something here, with what. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly answer: {
    readonly status: number;
    readonly body: z.ZodType;
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** Statuses of errors besides those that every route of its method can answer. */
  readonly errors: readonly number[];
  /** True: needs the token of the process, since other users of the computer can reach loopback too. */
  readonly token?: true;
}

/** What every route can answer: a wrong request, a foreign page, a failure inside, a process that is stopping. */
export const errorsOfAll = [400, 403, 500, 503] as const;
/** And every POST: too large, no JSON. */
export const errorsOfPost = [413, 415] as const;

const none = z.strictObject({});
const base = '/api/v1';

/** A whole number in a query. */
function wholeNumber(from: number, to: number) {
  const error = `must be a whole number from ${from} to ${to}`;
  const digits = (text: unknown) => (typeof text === 'string' && /^[0-9]{1,9}$/.test(text) ? Number(text) : text);
  return z.preprocess(digits, z.int({ error }).min(from, { error }).max(to, { error }));
}

const truth = z.preprocess(
  (text) => (text === 'true' ? true : text === 'false' ? false : text),
  z.boolean({ error: 'must be true or false' }),
);
const moment = z.iso.datetime({
  offset: true,
  error: 'must be an RFC 3339 time such as 2026-11-22T02:00:00Z; a + of an offset is written %2B in an address',
});
const ofPage = {
  limit: wholeNumber(1, 500).default(50).describe('At most so many items'),
  // A place in a log of many partitions is long.
  cursor: z
    .string()
    .min(1)
    .max(8000)
    .regex(cursorPattern, 'must be `next` of the page before: letters, digits, - and _')
    .optional()
    .describe('`next` of the page before, under the same filters'),
};
const page = z.strictObject(ofPage);
const id = z.strictObject({ id: z.string().min(1) });
const job = z.strictObject({ name: z.string().min(1) });
const knownTypes = eventTypes.all.map(({ type }) => type);

export const routes = {
  listServers: {
    method: 'GET',
    path: `${base}/servers`,
    summary: 'The watched servers, in the order of their definition',
    params: none,
    query: page,
    body: none,
    answer: { status: 200, body: resources.listOf(resources.serverSchema) },
    errors: [],
  },
  listCheckups: {
    method: 'GET',
    path: `${base}/checkups`,
    summary: 'The check-ups with their newest result',
    params: none,
    query: page,
    body: none,
    answer: { status: 200, body: resources.listOf(resources.checkupSchema) },
    errors: [],
  },
  checkupHistory: {
    method: 'GET',
    path: `${base}/checkups/{id}/history`,
    summary: 'The results of a check-up, newest first',
    params: id,
    query: page,
    body: none,
    answer: { status: 200, body: resources.listOf(resources.historicResultSchema) },
    errors: [404],
  },
  runCheckup: {
    method: 'POST',
    path: `${base}/checkups/{id}/runs`,
    summary: 'Run a check-up now and wait for its result',
    params: id,
    query: none,
    body: none,
    answer: { status: 200, body: resources.checkupRunSchema },
    errors: [404, 409, 422, 502],
  },
  listJobs: {
    method: 'GET',
    path: `${base}/jobs`,
    summary: 'The backup jobs with their last runs',
    params: none,
    query: page,
    body: none,
    answer: { status: 200, body: resources.listOf(resources.jobSchema) },
    errors: [],
  },
  startRun: {
    method: 'POST',
    path: `${base}/jobs/{name}/runs`,
    summary: 'Start a backup job now',
    params: job,
    query: none,
    body: z.strictObject({
      newPlaces: z
        .array(nameSchema)
        .max(100)
        .optional()
        .describe(
          'Destinations (or local-copy) that are to be used from now on, though they are not the drive or share of last time',
        ),
    }),
    errors: [404, 409, 422, 502, 507],
    answer: {
      status: 202,
      body: resources.startedRunSchema,
      headers: { location: 'The address of the run, which shows how far it has come' },
    },
  },
  restore: {
    method: 'POST',
    path: `${base}/jobs/{name}/restores`,
    summary: 'Restore a snapshot and wait until it is done',
    params: job,
    query: none,
    body: z.strictObject({
      to: z.string().min(1).max(4096).describe('Absolute path of an empty or absent folder on the server'),
      snapshot: z.string().min(1).max(100).optional().describe('Its name; without it, the newest'),
      destination: nameSchema.optional().describe('Where to take it from; without it, the nearest'),
    }),
    answer: { status: 200, body: resources.restoredSchema },
    errors: [404, 409, 422, 502, 507],
    token: true,
  },
  listRuns: {
    method: 'GET',
    path: `${base}/runs`,
    summary: 'Runs of backup jobs, newest first',
    params: none,
    body: none,
    query: z.strictObject({
      job: nameSchema.optional().describe('Only runs of this job'),
      outcome: z.enum(runOutcomes).optional(),
      ...ofPage,
    }),
    answer: { status: 200, body: resources.listOf(resources.runSchema) },
    errors: [],
  },
  findRun: {
    method: 'GET',
    path: `${base}/runs/{id}`,
    summary: 'A run with its protocol',
    params: id,
    body: none,
    query: z.strictObject({
      afterLine: wholeNumber(0, 999_999_999).default(0).describe('Only lines with a number above this one'),
      limit: wholeNumber(1, 5000).default(1000).describe('At most so many lines'),
    }),
    answer: { status: 200, body: resources.runWithProtocolSchema },
    errors: [404],
  },
  acceptRun: {
    method: 'POST',
    path: `${base}/runs/{id}/accept`,
    summary: 'Say that a suspicious run is right: from then on it counts as one that succeeded',
    params: id,
    query: none,
    body: z.strictObject({ note: z.string().max(1000).optional().describe('Why it is right') }),
    answer: { status: 200, body: resources.runSchema },
    errors: [404, 409],
    token: true,
  },
  listSnapshots: {
    method: 'GET',
    path: `${base}/snapshots`,
    summary: 'Verified snapshots, newest first',
    params: none,
    body: none,
    query: z.strictObject({ job: nameSchema.optional().describe('Only snapshots of this job'), ...ofPage }),
    answer: { status: 200, body: resources.listOf(resources.snapshotSchema) },
    errors: [],
  },
  listAlarms: {
    method: 'GET',
    path: `${base}/alarms`,
    summary: 'Alarms, newest first',
    params: none,
    body: none,
    query: z.strictObject({
      open: truth.optional().describe('true: only those not cleared; false: only those cleared'),
      ...ofPage,
    }),
    answer: { status: 200, body: resources.listOf(resources.alarmSchema) },
    errors: [],
  },
  acknowledgeAlarm: {
    method: 'POST',
    path: `${base}/alarms/{id}/acknowledge`,
    summary: 'Say that somebody looks after an alarm',
    params: id,
    query: none,
    body: z.strictObject({ note: z.string().max(1000).optional() }),
    answer: { status: 200, body: resources.alarmSchema },
    errors: [404, 409],
  },
  listMessages: {
    method: 'GET',
    path: `${base}/messages`,
    summary: 'Messages to recipient groups, newest first',
    params: none,
    body: none,
    query: z.strictObject({ state: z.enum(['waiting', 'delivered', 'failed', 'withdrawn']).optional(), ...ofPage }),
    answer: { status: 200, body: resources.listOf(resources.messageSchema) },
    errors: [],
  },
  dismissMessage: {
    method: 'POST',
    path: `${base}/messages/{id}/dismiss`,
    summary: 'Say that a message which could not be delivered, and earlier ones like it, need no more attention',
    params: id,
    query: none,
    body: z.strictObject({ note: z.string().max(1000).optional() }),
    answer: { status: 200, body: resources.messageSchema },
    errors: [404, 409],
  },
  listEvents: {
    method: 'GET',
    path: `${base}/events`,
    summary: 'Events as they happened, oldest first',
    params: none,
    body: none,
    query: z.strictObject({
      source: z.string().min(1).max(500).optional().describe('Only events that this source stated'),
      type: z
        .enum(knownTypes, { error: (issue) => `"${String(issue.input)}" is no type of event` })
        .optional()
        .describe('Only events of this type'),
      since: moment.optional().describe('Only events that happened then or later'),
      until: moment.optional().describe('Only events that happened before'),
      wait: wholeNumber(0, 30)
        .optional()
        .describe(
          'To follow the log: `next` is never null, and an empty page is held back so many seconds for an event',
        ),
      ...ofPage,
    }),
    answer: { status: 200, body: resources.listOf(resources.eventSchema) },
    errors: [],
  },
  stateEvents: {
    method: 'POST',
    path: `${base}/events`,
    summary: 'State events, by the HTTP binding of CloudEvents 1.0: all of them are stored, or none',
    params: none,
    query: none,
    body: none,
    contents: {
      [eventMediaTypes.structured]: resources.sentEventSchema,
      [eventMediaTypes.batch]: z.array(resources.sentEventSchema).max(mostEventsAtOnce),
      [eventMediaTypes.binary]: z.looseObject({}).describe('The data alone; the attributes are headers'),
    },
    headers: {
      'ce-specversion': 'With the data alone in the body (binary mode): `1.0`',
      'ce-id': 'Unique together with the source: what is sent again under the same is stored once',
      'ce-source': 'The server: `/sites/<site>/servers/<server>`',
      'ce-type': `One of ${outsideTypeNames.join(', ')}`,
      'ce-time': 'When it happened; without it, now',
    },
    answer: { status: 200, body: resources.storedEventsSchema },
    errors: [409, 429, 507],
  },
  readConfiguration: {
    method: 'GET',
    path: `${base}/configuration`,
    summary: 'What is wrong in the configuration file, if anything',
    params: none,
    query: none,
    body: none,
    answer: { status: 200, body: resources.configurationSchema },
    errors: [],
  },
  applyConfiguration: {
    method: 'POST',
    path: `${base}/configuration/apply`,
    summary: 'Apply the configuration file, or say what it would do',
    params: none,
    query: none,
    body: z.strictObject({ dryRun: z.boolean().default(false) }),
    answer: { status: 200, body: applyReportSchema },
    errors: [409, 422],
    token: true,
  },
  rebuildViews: {
    method: 'POST',
    path: `${base}/views/rebuild`,
    summary: 'Fold one view, or all, anew from the log',
    params: none,
    query: none,
    body: z.strictObject({ view: z.string().min(1).max(100).optional() }),
    answer: { status: 200, body: resources.rebuiltViewsSchema },
    errors: [404],
    token: true,
  },
  listParked: {
    method: 'GET',
    path: `${base}/parked`,
    summary: 'Events that wait because views, rules or notifications refused them, or one before them',
    params: none,
    body: none,
    query: z.strictObject({
      subscription: z.string().min(1).max(200).optional().describe('Only those of this subscription'),
      partitionkey: z.string().min(1).max(500).optional().describe('Only those of this key, such as a server'),
      ...ofPage,
    }),
    answer: { status: 200, body: resources.listOf(resources.parkedEventSchema) },
    errors: [],
  },
  findParked: {
    method: 'GET',
    path: `${base}/parked/{id}`,
    summary: 'A parked event with the event itself',
    params: id,
    query: none,
    body: none,
    answer: { status: 200, body: resources.parkedEventWithEventSchema },
    errors: [404],
  },
  retryAllParked: {
    method: 'POST',
    path: `${base}/parked/retry`,
    summary: 'Have all parked events tried again, or those of a subscription or key',
    params: none,
    query: none,
    body: z.strictObject({
      subscription: z.string().min(1).max(200).optional(),
      partitionkey: z.string().min(1).max(500).optional(),
    }),
    answer: { status: 202, body: resources.askedAgainSchema },
    errors: [],
    token: true,
  },
  retryParked: {
    method: 'POST',
    path: `${base}/parked/{id}/retry`,
    summary: 'Have a parked event tried again, with all that waits of its key',
    params: id,
    query: none,
    body: none,
    answer: { status: 202, body: resources.askedAgainSchema },
    errors: [404],
  },
  discardParked: {
    method: 'POST',
    path: `${base}/parked/{id}/discard`,
    summary: 'Go on for ever without a refused event; what waits behind it is tried',
    params: id,
    query: none,
    body: z.strictObject({ reason: z.string().trim().min(1).max(1000).describe('Why nobody needs it there') }),
    answer: { status: 200, body: resources.askedAgainSchema },
    errors: [404, 409],
    token: true,
  },
  openApi: {
    method: 'GET',
    path: `${base}/openapi.json`,
    summary: 'This document',
    params: none,
    query: none,
    body: none,
    answer: { status: 200, body: z.looseObject({ openapi: z.literal('3.1.0') }) },
    errors: [],
  },
  confirmClock: {
    method: 'POST',
    path: `${base}/clock/confirm`,
    summary: 'Say that the clock, which jumped, is right: retention goes on',
    params: none,
    query: none,
    body: z.strictObject({ note: z.string().max(1000).optional().describe('Why it is right') }),
    answer: { status: 200, body: resources.confirmedClockSchema },
    errors: [409],
    token: true,
  },
  readSystem: {
    method: 'GET',
    path: `${base}/system`,
    summary: 'How this process gets on: what it depends on, who is behind, what waits',
    params: none,
    query: none,
    body: none,
    answer: { status: 200, body: resources.systemSchema },
    errors: [],
  },
  ready: {
    method: 'GET',
    path: '/readyz',
    summary: 'Whether the process can take events and show what became of them; 503 with what is wrong',
    params: none,
    query: none,
    body: none,
    answer: { status: 200, body: resources.readySchema },
    errors: [],
  },
  health: {
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the process lives',
    params: none,
    query: none,
    body: none,
    answer: { status: 200, body: resources.healthSchema },
    errors: [],
  },
} as const satisfies Readonly<Record<string, Route>>;

export type Operation = keyof typeof routes;

/** What a route was asked, checked. */
export interface InputOf<Name extends Operation> {
  readonly params: z.output<(typeof routes)[Name]['params']>;
  readonly query: z.output<(typeof routes)[Name]['query']>;
  readonly body: z.output<(typeof routes)[Name]['body']>;
}

/** What a route answers. */
export type AnswerOf<Name extends Operation> = z.output<(typeof routes)[Name]['answer']['body']>;

/** The media types that a route takes. */
export function mediaTypesOf({ contents }: Pick<Route, 'contents'>): readonly string[] {
  return contents ? Object.keys(contents) : ['application/json'];
}

/** Every route, as one type. */
export const allRoutes: readonly (Route & { readonly operation: string })[] = Object.entries(routes).map(
  ([operation, route]) => ({ ...route, operation }),
);

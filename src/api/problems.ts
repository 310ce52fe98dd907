import { z } from 'zod';
import { MissingPermission } from '../access/missing-permission.js';
import { WardroundError, describeError, errorCodes, type ErrorCode } from '../shared/errors.js';
import { AmbiguousAddress } from '../shared/named-thing.js';
import { RunInHandError } from '../shared/run-in-hand.js';
import { longestDetail, mostFaults } from './http/request-limits.js';

/** One thing that is wrong with a request, and where: `query.limit`, `body.to`. */
export const faultSchema = z.object({
  path: z.string().describe('Where: `query.limit`, `body.to`, `body`; for `not-ready`: the failing part'),
  message: z.string().describe('What is wrong, or how to fix it'),
});
export type Fault = z.infer<typeof faultSchema>;

export const problemType = 'application/problem+json';

/** What is wrong with one of the events that were sent. */
const eventFaultsSchema = z.object({
  index: z.int().nonnegative().describe('Its place in the batch, from 0'),
  id: z.string().nullable().describe('Its id, if it has one'),
  faults: z
    .array(faultSchema)
    .describe('Paths are attributes such as `time` or `data.status`; empty for the whole event'),
});
export type EventFaults = z.infer<typeof eventFaultsSchema>;

/** The body of every answer that is an error: problem details as in RFC 9457. */
export const problemSchema = z.object({
  type: z.string().describe('`urn:wardround:error:` and the code'),
  title: z.string().describe('Title of the error; the same text for the same code'),
  status: z.int().describe('The HTTP status'),
  detail: z.string().describe('What failed, with which value, and how to fix it'),
  code: z.enum(errorCodes),
  faults: z.array(faultSchema).optional().describe('All mistakes of the request; for `not-ready`: all failing parts'),
  permission: z.string().optional().describe('Of `forbidden`: the permission that is missing, where it is one'),
  candidates: z
    .array(z.string())
    .optional()
    .describe('Where a name calls several things and one is meant: their whole addresses, `<site>/<server>/<name>`'),
  runId: z.string().optional().describe('The run of the job that is already in progress'),
  errors: z.array(eventFaultsSchema).optional().describe('Invalid events of the request'),
});
export type Problem = z.infer<typeof problemSchema>;

const kinds: Readonly<Record<ErrorCode, { readonly status: number; readonly title: string }>> = {
  'bad-request': { status: 400, title: 'The request is invalid' },
  unauthorized: { status: 401, title: 'The request needs the token' },
  forbidden: { status: 403, title: 'The request is not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'Conflict with the current state' },
  'too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'The request is not JSON' },
  'configuration-invalid': { status: 422, title: 'The configuration is invalid' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'plugin-unknown': { status: 422, title: 'Unknown plugin' },
  'plugin-invalid': { status: 422, title: 'The parameters of a plugin are invalid' },
  'source-unreadable': { status: 422, title: 'A source cannot be read' },
  'destination-unusable': { status: 422, title: 'A destination is not usable' },
  internal: { status: 500, title: 'Internal error' },
  'event-invalid': { status: 500, title: 'Internal error' },
  'event-unreadable': { status: 500, title: 'The event log cannot be read' },
  'plugin-failed': { status: 502, title: 'A plugin failed' },
  'plugin-timed-out': { status: 502, title: 'A plugin exceeded its time limit' },
  'plugin-out-of-memory': { status: 502, title: 'A plugin exceeded its memory limit' },
  'plugin-crashed': { status: 502, title: 'A plugin crashed' },
  'verification-failed': { status: 502, title: 'Verification failed' },
  unreachable: { status: 502, title: 'Another computer is unreachable' },
  'address-in-use': { status: 503, title: 'Wardround is not ready' },
  'data-folder-in-use': { status: 503, title: 'Wardround is not ready' },
  'data-folder-unusable': { status: 503, title: 'Wardround is not ready' },
  'outcome-unknown': { status: 503, title: 'It is unknown whether the events were stored' },
  'log-closed': { status: 503, title: 'Wardround is stopping' },
  overloaded: { status: 503, title: 'Wardround is overloaded' },
  'not-ready': { status: 503, title: 'Wardround is not ready' },
  cancelled: { status: 503, title: 'Cancelled' },
  'process-ended': { status: 503, title: 'Wardround is stopping' },
  'no-space': { status: 507, title: 'No space left' },
};

/** The codes that come with a status. */
export function codesOf(status: number): readonly ErrorCode[] {
  return errorCodes.filter((code) => kinds[code].status === status);
}

/** A request that is wrong in one place or several. */
export class InvalidRequest extends WardroundError {
  readonly faults: readonly Fault[];

  constructor(
    /** The method and path, for people. */
    request: string,
    faults: readonly Fault[],
  ) {
    const told = boundedFaults(faults);
    const text = told.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
    super('bad-request', `${cut(request, longestPath)} was refused: ${text}`);
    this.faults = told;
  }
}

/** As much as people read, and no more than a sender should have back: the first faults, and how many more there are. */
export function boundedFaults(faults: readonly Fault[]): readonly Fault[] {
  const told = faults.slice(0, mostFaults).map(({ path, message }) => {
    return { path: cut(path, longestPath), message: cut(message, longestMessage) };
  });
  const more = faults.length - told.length;
  return more === 0 ? told : [...told, { path: '', message: `and ${more} more faults` }];
}

const longestPath = 200;
const longestMessage = 500;

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** What is refused for now, since it would take more than there is for outsiders: memory, connections, room on the disk. */
export class ComeLater extends WardroundError {
  constructor(
    code: 'overloaded' | 'too-many-requests' | 'no-space',
    message: string,
    advice: string,
    /** After so many seconds it may be tried again; null where no one knows. */
    readonly seconds: number | null,
  ) {
    super(code, message, advice);
  }
}

/** What this process depends on is not well. */
export class NotReady extends WardroundError {
  constructor(readonly faults: readonly Fault[]) {
    super('not-ready', faults.map(({ path, message }) => `${path}: ${message}`).join('; '));
  }
}

const eventsInDetail = 3;

/** Events of which one or several are not right; `forbidden` where they are, but may not be stated. */
export class InvalidEvents extends WardroundError {
  constructor(
    readonly errors: readonly EventFaults[],
    /** How many were sent. */
    sent: number,
    code: 'bad-request' | 'forbidden' = 'bad-request',
  ) {
    const shown = errors.slice(0, eventsInDetail).map(eventFaultsText);
    const more = errors.length > eventsInDetail ? `; and ${errors.length - eventsInDetail} more, see errors` : '';
    const what = code === 'forbidden' ? 'may not be stated' : 'not right';
    super(code, `${errors.length} of ${sent} events ${what}, nothing was stored: ${shown.join('; ')}${more}`);
  }
}

function eventFaultsText({ index, id, faults }: EventFaults): string {
  const text = faults.slice(0, eventsInDetail).map(({ path, message }) => `${path} ${message}`.trim());
  const more = faults.length > eventsInDetail ? ', and more' : '';
  return `event ${index}${id === null ? '' : ` ("${id.slice(0, 60)}")`}: ${text.join(', ')}${more}`;
}

/** After how many seconds the same may be asked again; null where a repeat would be answered alike. */
export function retryAfterSeconds({ status }: Pick<Problem, 'status'>): number | null {
  return status === 429 ? 1 : status === 503 ? 5 : null;
}

/** The problem that an error of ours is told as. What is internal stays inside: the log has it. */
export function problemOf(error: WardroundError): Problem {
  const { code } = error;
  const { status, title } = kinds[code];
  const detail =
    code === 'internal' || code === 'event-invalid'
      ? 'An unexpected error occurred; see the log of the process'
      : cut(describeError(error), longestDetail);
  return {
    type: `urn:wardround:error:${code}`,
    title,
    status,
    detail,
    code,
    ...(error instanceof InvalidRequest || error instanceof NotReady ? { faults: [...error.faults] } : {}),
    ...(error instanceof MissingPermission ? { permission: error.permission } : {}),
    ...(error instanceof AmbiguousAddress ? { candidates: [...error.candidates] } : {}),
    ...(error instanceof RunInHandError ? { runId: error.runId } : {}),
    ...(error instanceof InvalidEvents ? { errors: [...error.errors] } : {}),
  };
}

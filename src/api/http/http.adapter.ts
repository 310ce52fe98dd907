import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { WardroundError, describeError } from '../../shared/errors.js';
import { refusalOf, type RequestHead } from './admission.js';
import { KnownRoutes } from './known-routes.adapter.js';
import { notJson, toWardroundError } from './problem.adapter.js';
import { Connections } from './connections.adapter.js';
import { descriptorLimit } from './descriptors.adapter.js';
import { ComeLater, NotReady, problemOf, problemType, retryAfterSeconds, type Problem } from '../problems.js';
import {
  arrivalCheckedEveryMs,
  bodyLimitBytes,
  connectionLimits,
  headArrivesInMs,
  requestArrivesInMs,
} from './request-limits.js';
import { doubledHeader, RequestEntry } from './request-entry.adapter.js';
import { RequestRooms } from './request-rooms.js';
import { allRoutes } from '../routes.js';
import { mediaTypesOf } from '../route.js';
import { TurnedAway } from './turned-away.adapter.js';

/** Sent with every answer; pages of the board bring their own Content-Security-Policy. */
const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const;

/** What is read of a body is settled where the server is made, whatever Nest is told about body parsers. */
class JsonAdapter extends FastifyAdapter {
  override registerParserMiddleware(): void {
    return undefined;
  }
}

/** Reads JSON of whatever name and nothing else; an empty body is `{}`. */
function readJsonOnly(fastify: FastifyInstance): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  const types = [...new Set(allRoutes.flatMap(mediaTypesOf))];
  fastify.addContentTypeParser(types, { parseAs: 'buffer' }, (request, body, done) => {
    const text = utf8(body);
    if (text === null) done(notJson());
    else if (text.trim() === '') done(null, {});
    else void parseJson(request, text, done);
  });
}

function utf8(body: string | Buffer): string | null {
  if (typeof body === 'string') return body;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return null; // bytes that are no UTF-8 are no JSON: the caller says so
  }
}

/**
 * The HTTP server of one process. Anyone who is not let in ({@link refusalOf}) is refused before anything else,
 * whatever the route, those of the board and unknown ones included.
 */
export function createHttpAdapter(): FastifyAdapter {
  const adapter = new JsonAdapter({
    bodyLimit: bodyLimitBytes,
    trustProxy: false,
    // Requests that are in progress while the process stops are answered; Fastify's own answer would be no problem
    // document.
    return503OnClosing: false,
    requestTimeout: requestArrivesInMs,
    routerOptions: { maxParamLength: 500 },
    // A request without Host is refused like one with a wrong Host, not by Node's empty answer.
    http: {
      requireHostHeader: false,
      headersTimeout: headArrivesInMs,
      connectionsCheckingInterval: arrivalCheckedEveryMs,
    },
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      reply.headers(securityHeaders);
      sendProblem(reply, problemOf(toWardroundError(error)));
    },
    clientErrorHandler: answerUnreadable,
  });
  const fastify = adapter.getInstance();
  readJsonOnly(fastify);
  const { server } = fastify;
  const limits = connectionLimits(descriptorLimit());
  const turnedAway = new TurnedAway();
  const connections = new Connections(limits, (what) => turnedAway.note(what));
  connections.guard(server);
  fastify.addHook('preClose', (done) => {
    connections.close();
    done();
  });
  const entry = new RequestEntry(fastify, new RequestRooms(limits, (what) => turnedAway.note(what)));
  let port: number | null = null;
  server.on('listening', () => {
    const address = server.address();
    if (typeof address === 'object' && address) port = address.port;
  });
  const known = new KnownRoutes(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers(securityHeaders);
    // Before it listens for the first time, only the process itself can speak to it: `inject`, by a command working alone.
    const refusal = port === null ? null : (doubledHeader(request) ?? refusalOf(headOf(request, known), port));
    if (refusal) done(refusal);
    // What such a request sends is not read, and of which type it is does not matter.
    else if (request.is404) done(known.notFound(request, reply));
    else if (port === null) done();
    else entry.enter(request, reply, done);
  });
  return adapter;
}

export interface HttpOptions {
  /**
   * Makes the page that a browser gets for a problem outside the API, such as an unknown address. It may set headers, its
   * Content-Security-Policy among them.
   */
  errorPage?(problem: Problem, request: FastifyRequest, reply: FastifyReply): string | Promise<string>;
}

/** Makes every error that this application answers a problem document. Call it before `app.init()`. */
export function configureHttp(app: NestFastifyApplication, options: HttpOptions = {}): void {
  app.useGlobalFilters(new ProblemFilter(options));
}

@Catch()
class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  constructor(private readonly options: HttpOptions) {}

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = toWardroundError(thrown);
    const problem = problemOf(error);
    // Anyone who asks every few seconds whether this process is ready is told; what it waits for says so itself.
    // Nor is what is refused under load written for each request: that would be its own load.
    const isLoad = error instanceof ComeLater || error.code === 'no-space';
    if (problem.status >= 500 && !(error instanceof NotReady || isLoad))
      this.logger.error(
        `${request.method} ${request.url}: ${describeError(error)}`,
        ...(isOwnFault(problem) ? [stackOf(error)] : []),
      );
    if (reply.sent || reply.raw.headersSent) return; // what has started cannot become a problem document any more
    const seconds = secondsToWait(error, problem);
    if (seconds !== null) reply.header('retry-after', seconds);
    if (problem.code === 'unauthorized') reply.header('www-authenticate', 'Bearer');
    const page = await this.page(problem, request, reply);
    if (page === null) sendProblem(reply, problem);
    else reply.code(problem.status).header('content-type', 'text/html; charset=utf-8').send(page);
  }

  private async page(problem: Problem, request: FastifyRequest, reply: FastifyReply): Promise<string | null> {
    const { errorPage } = this.options;
    const wanted = request.headers.accept?.includes('text/html') && !isOfApi(request.url);
    if (!errorPage || !wanted) return null;
    try {
      return await errorPage(problem, request, reply);
    } catch (error) {
      this.logger.error(`the error page failed: ${describeError(error)}`, stackOf(error));
      return null;
    }
  }
}

function isOfApi(url: string): boolean {
  return url.startsWith('/api/') || url.startsWith('/healthz') || url.startsWith('/readyz');
}

/** Whether a path, its parts not empty, is one of a route. */
function matches(routePath: string, path: string): boolean {
  const expected = routePath.split('/');
  const given = path.split('/');
  return (
    expected.length === given.length &&
    expected.every((part, index) => (part.startsWith('{') ? given[index] !== '' : part === given[index]))
  );
}

/** Whether it is a fault in the program. What fails for a known reason, such as a full disk, is none: its text says all. */
function isOwnFault({ status }: Problem): boolean {
  return status === 500;
}

/** For the process's own log: also the stack of what caused it. */
function stackOf(error: unknown): string | undefined {
  const origin = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return origin instanceof Error ? origin.stack : undefined;
}

function secondsToWait(error: WardroundError, problem: Problem): number | null {
  return error instanceof ComeLater ? error.seconds : retryAfterSeconds(problem);
}

function sendProblem(reply: FastifyReply, problem: Problem): void {
  reply.code(problem.status).header('content-type', problemType).send(JSON.stringify(problem));
}

function headOf({ method, url, headers, is404 }: FastifyRequest, known: KnownRoutes): RequestHead {
  const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value.join(', ') : value);
  return {
    method,
    host: headers.host,
    origin: headers.origin,
    fetchSite: one(headers['sec-fetch-site']),
    fetchMode: one(headers['sec-fetch-mode']),
    contentType: headers['content-type'],
    mediaTypes: mediaTypesAt(method, url),
    instead: is404 ? known.insteadOf(url) : undefined,
    contentEncoding: headers['content-encoding'],
  };
}

/** What the route at an address takes; JSON where there is none, and for the board. */
function mediaTypesAt(method: string, url: string): readonly string[] {
  const path = url.split('?')[0] ?? '';
  const route = allRoutes.find((known) => known.method === method && matches(known.path, path));
  return route ? mediaTypesOf(route) : ['application/json'];
}

/**
 * Answers what is not an HTTP request, or one whose head is too long or too slow; Node has no request object for it.
 */
function answerUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOf(new WardroundError('bad-request', unreadable(error.code)));
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function unreadable(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return 'the headers of the request are longer than 16 KiB';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'the request was not received in time';
  return 'this is not an HTTP request';
}

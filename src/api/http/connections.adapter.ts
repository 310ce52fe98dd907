import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { WardroundError } from '../../shared/errors.js';
import { problemOf, problemType, retryAfterSeconds } from '../problems.js';
import {
  answerStallsMs,
  idleAfterMs,
  mostPassedOver,
  mostRequestsAhead,
  mostRequestsPerConnection,
  type ConnectionLimits,
} from './request-limits.js';

const sweepEveryMs = 5_000;
/** Beyond the limit so many more are accepted, to be told; the others are closed. */
const toldBeyond = 32;
const toldForMs = 1_000;

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

interface Turn {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Connection {
  readonly address: string;
  /** Requests that wait for the answers before them. */
  readonly waiting: Turn[];
  /** Whose answer is being made or taken. */
  inHand: IncomingMessage | null;
  /** Since when there has been no request, by the steady clock. */
  idleSince: number;
  /** How many requests were taken. */
  taken: number;
  /** How many requests came when too many were waiting already. */
  passedOver: number;
  /** How many bytes were written when something was last taken of them, and when that was. */
  progress: { readonly written: number; readonly at: number };
}

/**
 * Keeps the connections of one server within bounds: their number, and what each may hold. Node reads and begins all
 * requests that are in a connection at once, and keeps the answers until they are read; here the next begins when the
 * answer before it has been taken.
 */
export class Connections {
  private readonly open = new Map<Socket, Connection>();
  private closing = false;
  private handle: Handle = () => undefined;

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly refused: (what: string) => void,
  ) {}

  /** Puts itself between the server and what handles its requests. */
  guard(server: Server): void {
    const handlers = server.listeners('request');
    server.removeAllListeners('request');
    this.handle = (request, response) => {
      for (const handler of handlers) Reflect.apply(handler, server, [request, response]);
    };
    server.on('request', (request, response) => this.arrived({ request, response }));
    server.on('connection', (socket) => this.connected(socket));
    server.maxConnections = this.limits.connections + toldBeyond;
    server.on('drop', () => this.refused(this.beyond()));
    const sweep = setInterval(() => this.sweep(), sweepEveryMs);
    sweep.unref();
    server.on('close', () => clearInterval(sweep));
  }

  /** The server stops: what has been asked is answered, and who has not finished asking, or asks nothing, is cut off. */
  close(): void {
    this.closing = true;
    for (const [socket, { inHand }] of this.open) if (!inHand?.complete) socket.destroy();
  }

  private connected(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    if (!this.hasRoom(address)) {
      this.refused(this.beyond());
      turnAway(socket);
      return;
    }
    const now = performance.now();
    const progress = { written: 0, at: now };
    this.open.set(socket, { address, waiting: [], inHand: null, idleSince: now, taken: 0, passedOver: 0, progress });
    socket.once('close', () => this.open.delete(socket));
  }

  private beyond(): string {
    return `connections beyond ${this.limits.connections}, or ${this.limits.perAddress} of one address`;
  }

  /** Anyone who has been without a request for long makes room. */
  private hasRoom(address: string): boolean {
    const ofAddress = [...this.open].filter(([, connection]) => connection.address === address);
    const isFull = this.open.size >= this.limits.connections;
    if (!isFull && ofAddress.length < this.limits.perAddress) return true;
    const before = performance.now() - idleAfterMs;
    const idle = (isFull ? [...this.open] : ofAddress).find(
      ([, { inHand, idleSince }]) => !inHand && idleSince < before,
    );
    if (!idle) return false;
    this.open.delete(idle[0]);
    idle[0].destroy();
    return true;
  }

  private arrived(turn: Turn): void {
    const connection = this.open.get(turn.request.socket);
    if (!connection) return; // it was turned away, and has been told
    // Answers come in order: once one request is passed over, nothing behind it can be answered.
    const isFull = connection.taken >= mostRequestsPerConnection || connection.waiting.length >= mostRequestsAhead;
    if (connection.passedOver > 0 || isFull) {
      this.passOver(connection, turn.request.socket);
      return;
    }
    connection.taken++;
    if (connection.inHand) connection.waiting.push(turn);
    else this.begin(connection, turn);
  }

  private passOver(connection: Connection, socket: Socket): void {
    if (connection.passedOver++ === 0) this.refused(`connections with more than ${mostRequestsAhead} requests ahead`);
    if (connection.passedOver > mostPassedOver) socket.destroy();
  }

  private begin(connection: Connection, { request, response }: Turn): void {
    connection.inHand = request;
    const { passedOver, taken, waiting } = connection;
    const isLast = waiting.length === 0 && (passedOver > 0 || taken >= mostRequestsPerConnection);
    // Node's own `maxRequestsPerSocket` answers all that follow with 503, and closes nothing.
    if (isLast) response.shouldKeepAlive = false;
    response.once('close', () => {
      connection.inHand = null;
      connection.idleSince = performance.now();
      const next = connection.waiting.shift();
      if (this.closing && !next) request.socket.destroySoon();
      // In its own turn: others are served in between.
      if (next && !request.socket.destroyed) {
        connection.inHand = next.request;
        setImmediate(() => this.begin(connection, next));
      }
    });
    this.handle(request, response);
  }

  /** Cuts off those who take nothing of what they asked for. */
  private sweep(): void {
    const now = performance.now();
    for (const [socket, connection] of this.open) {
      const written = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || written !== connection.progress.written) {
        connection.progress = { written, at: now };
      } else if (now - connection.progress.at >= answerStallsMs) {
        this.refused('connections that took nothing of their answers');
        socket.destroy();
      }
    }
  }
}

/** Answers before anything was asked, and closes. */
function turnAway(socket: Socket): void {
  const problem = problemOf(
    new WardroundError('overloaded', 'too many open connections', 'Close some and retry later'),
  );
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} Service Unavailable`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Retry-After: ${retryAfterSeconds(problem) ?? 5}`,
    'Connection: close',
  ];
  socket.on('error', () => undefined); // gone already: there is no one to tell
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), toldForMs).unref();
}

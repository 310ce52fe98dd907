import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { InvalidRequest } from '../problems.js';
import type { RequestRooms } from './request-rooms.js';

/** Gives each request the room that it needs, until its body is there and it is answered, or it is broken off. */
export class RequestEntry {
  private readonly arrivals = new WeakMap<IncomingMessage, () => void>();

  constructor(
    fastify: FastifyInstance,
    private readonly rooms: RequestRooms,
  ) {
    fastify.addHook('preHandler', ({ raw }, _reply, done) => {
      this.arrivals.get(raw)?.();
      done();
    });
  }

  /** @param done called with a ComeLater if there is no room */
  enter({ method, url, headers, raw }: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
    try {
      const chunked = headers['transfer-encoding'] !== undefined;
      const room = this.rooms.enter({ method, url, length: headers['content-length'], chunked });
      this.arrivals.set(raw, room.arrived);
      reply.raw.once('close', () => {
        room.arrived();
        room.answered();
      });
    } catch (error) {
      // What it still sends is not read.
      reply.header('connection', 'close');
      done(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    done();
  }
}

/** Of two values of these, two programs on the way may each take another for the one that counts. */
const givenOnce = new Set(['host', 'origin', 'authorization', 'content-type', 'content-encoding', 'wardround-actor']);

/** What is wrong with a request that has such a header twice; null if it has none. */
export function doubledHeader({ method, url, raw }: FastifyRequest): InvalidRequest | null {
  const names = raw.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const doubled = names.find((name, index) => givenOnce.has(name) && names.indexOf(name) !== index);
  if (doubled === undefined) return null;
  const fault = { path: `header.${doubled}`, message: 'is given more than once' };
  return new InvalidRequest(`${method} ${url.split('?')[0] ?? ''}`, [fault]);
}

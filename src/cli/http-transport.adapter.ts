import { request as httpRequest } from 'node:http';
import { WardroundError, describeError } from '../shared/errors.js';
import { actorHeader, type Answer, type Request, type Transport } from './transport.js';

/**
 * Speaks with the process that runs. By `node:http`, not `fetch`: a restore answers when it is done, and `fetch` gives up
 * after five minutes without headers.
 */
export class HttpTransport implements Transport {
  readonly kind = 'process';

  constructor(
    readonly url: string,
    private readonly token: string,
    private readonly actor: string,
  ) {}

  send({ method, path, body, timeoutMs }: Request): Promise<Answer> {
    const text = method === 'POST' ? JSON.stringify(body ?? {}) : undefined;
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => reject(this.unreachable(error));
      const outgoing = httpRequest(
        new URL(path, this.url),
        { method, agent: false, headers: this.headers(text) },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', fail);
          incoming.on('end', () => {
            resolve({ status: incoming.statusCode ?? 0, body: jsonIn(Buffer.concat(chunks).toString('utf8')) });
          });
        },
      );
      if (timeoutMs !== null) {
        outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`no response within ${timeoutMs / 1000} s`)));
      }
      outgoing.on('error', fail);
      outgoing.end(text);
    });
  }

  async close(): Promise<void> {
    // Each request has its own connection, so nothing is left open.
  }

  private headers(text: string | undefined): Record<string, string> {
    const common = { accept: 'application/json', authorization: `Bearer ${this.token}` };
    if (text === undefined) return common;
    return {
      ...common,
      [actorHeader]: this.actor,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
    };
  }

  private unreachable(error: unknown): WardroundError {
    return new WardroundError(
      'unreachable',
      `Wardround at ${this.url} does not respond: ${describeError(error)}`,
      'Check whether it is still running; start it with `wardround start`',
      { cause: error },
    );
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The status tells the caller what to make of it.
  }
}

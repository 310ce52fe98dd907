import type { z } from 'zod';
import { pageOf, problemSchema } from './answers.js';
import { RefusedRequest } from './errors-text.js';
import type { Answer, Request, Transport } from './transport.js';

const base = '/api/v1';
const usualTimeoutMs = 60_000;
const itemsPerPage = 500;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Asks the API, checks what it answers, and turns its problems into errors. */
export class ApiClient {
  constructor(readonly transport: Transport) {}

  /** @throws RefusedRequest, WardroundError `unreachable` */
  get<Schema extends z.ZodType>(path: string, schema: Schema, query: Query = {}): Promise<z.output<Schema>> {
    return this.ask({ method: 'GET', path: `${base}/${path}${queryText(query)}`, timeoutMs: usualTimeoutMs }, schema);
  }

  /** Waits as long as it takes. @throws as `get` */
  post<Schema extends z.ZodType>(path: string, body: unknown, schema: Schema): Promise<z.output<Schema>> {
    return this.ask({ method: 'POST', path: `${base}/${path}`, body, timeoutMs: null }, schema);
  }

  /** All items of a list, page by page. */
  async all<Item extends z.ZodType>(path: string, item: Item, query: Query = {}): Promise<z.output<Item>[]> {
    const items: z.output<Item>[] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const page = await this.get(path, pageOf(item), { ...query, limit: itemsPerPage, cursor });
      items.push(...page.items);
      cursor = page.next ?? undefined;
      more = cursor !== undefined;
    }
    return items;
  }

  private async ask<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.output<Schema>> {
    const answer = await this.transport.send(request);
    if (answer.status >= 400) throw refused(request, answer);
    const read = schema.safeParse(answer.body);
    if (read.success) return read.data;
    throw new RefusedRequest(
      'internal',
      `the answer to ${request.method} ${request.path} (status ${answer.status}) is not valid for this version: the running Wardround may be a different version`,
    );
  }
}

function refused({ method, path }: Request, { status, body }: Answer): RefusedRequest {
  const problem = problemSchema.safeParse(body);
  if (problem.success) return new RefusedRequest(problem.data.code, problem.data.detail, problem.data.runId);
  return new RefusedRequest('internal', `${method} ${path} returned status ${status}`);
}

function queryText(query: Query): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, String(value));
  return given.size === 0 ? '' : `?${given.toString()}`;
}

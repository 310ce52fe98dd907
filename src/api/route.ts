import { z } from 'zod';
import type { Need } from '../access/permissions.js';
import { serverPatternSchema } from '../shared/address.js';
import { nameSchema } from '../shared/names.js';
import { cursorPattern } from './cursor.js';

/** One route of the API: what it takes, what it answers. The controllers serve from this, and the document is made of it. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** With parameters as in OpenAPI: `/api/v1/runs/{id}`. */
  readonly path: string;
  /** The permission that anyone who asks must have. It is checked before the handler is reached. */
  readonly needs: Need;
  readonly summary: string;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  /** Of a POST; an empty body is taken for `{}`. */
  readonly body: z.ZodObject;
  /**
   * Instead of `body`, where several media types are taken: each with what it holds. The controller reads the request
   * itself.
   */
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

/** What belongs to one resource of the API: its routes, and the schemas that have their own name in the document. */
export interface Resource {
  readonly named: Readonly<Record<string, z.ZodType>>;
  readonly routes: Readonly<Record<string, Route>>;
}

/** What every route can answer: a wrong request, a foreign page, a failure inside, a process that is stopping. */
export const errorsOfAll = [400, 403, 500, 503] as const;

/** And every POST: too large, no JSON. */
export const errorsOfPost = [413, 415] as const;

export const none = z.strictObject({});

export const base = '/api/v1';

/** A whole number in a query. */
export function wholeNumber(from: number, to: number) {
  const error = `must be a whole number from ${from} to ${to}`;
  const digits = (text: unknown) => (typeof text === 'string' && /^[0-9]{1,9}$/.test(text) ? Number(text) : text);
  return z.preprocess(digits, z.int({ error }).min(from, { error }).max(to, { error }));
}

export const ofPage = {
  limit: wholeNumber(1, 500).default(50).describe('Maximum number of items'),
  // A place in a log of many partitions is long.
  cursor: z
    .string()
    .min(1)
    .max(8000)
    .regex(cursorPattern, 'must be `next` of the previous page: letters, digits, - and _')
    .optional()
    .describe('`next` of the previous page, with the same filters'),
};

export const page = z.strictObject(ofPage);

export const id = z.strictObject({ id: z.string().min(1) });

/** The whole address of a job or check-up in a path. */
export const wholeAddress = z.strictObject({ site: nameSchema, server: nameSchema, name: nameSchema });

export const ofServers = `${base}/sites/{site}/servers/{server}`;

/** What narrows a list to some servers. */
export const atServers = {
  site: nameSchema.optional().describe('Only of this site'),
  server: serverPatternSchema
    .optional()
    .describe('Only of this server: `<site>/<server>`, or `<server>` for all of that name'),
};

/** The media types that a route takes. */
export function mediaTypesOf({ contents }: Pick<Route, 'contents'>): readonly string[] {
  return contents ? Object.keys(contents) : ['application/json'];
}

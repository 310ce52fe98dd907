import type { z } from 'zod';
import { outOfBounds } from './json-bounds.js';
import { InvalidRequest, type Fault } from './problems.js';
import type { Route } from './route.js';

/** A request as it came: nothing in it has been checked. */
export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

export interface CheckedInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/**
 * A request checked against what its route takes.
 * @throws InvalidRequest with all faults, unknown names among them
 */
export function checkInput(route: Route, { params, query, body }: RawInput): CheckedInput {
  const faults: Fault[] = [];
  const checked = {
    params: check(route.params, params ?? {}, 'path', faults),
    query: check(route.query, query ?? {}, 'query', faults),
    body: route.method === 'POST' && !route.contents ? checkBody(route.body, body ?? {}, faults) : {},
  };
  if (faults.length > 0) throw new InvalidRequest(`${route.method} ${route.path}`, faults);
  return checked;
}

/** What is larger than any of our bodies is not gone through field by field. */
function checkBody(schema: z.ZodObject, body: unknown, faults: Fault[]): unknown {
  const unfit = outOfBounds(body, 'body');
  if (!unfit) return check(schema, body, 'body', faults);
  faults.push(unfit);
  return undefined;
}

function check(schema: z.ZodObject, value: unknown, place: string, faults: Fault[]): unknown {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  for (const issue of checked.error.issues)
    for (const fault of faultsOf(issue, schema, value, place)) faults.push(fault);
  return undefined;
}

function faultsOf(issue: z.core.$ZodIssue, schema: z.ZodObject, value: unknown, place: string): readonly Fault[] {
  const path = [place, ...issue.path].join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape);
    const advice = known.length > 0 ? `known: ${known.join(', ')}` : 'none is allowed here';
    return issue.keys.map((key) => ({ path: `${path}.${shortened(key)}`, message: `is unknown; ${advice}` }));
  }
  const given = issue.path.reduce(stepInto, value);
  if (given === undefined) return [{ path, message: 'is missing' }];
  if (place === 'query' && Array.isArray(given)) return [{ path, message: 'is given more than once' }];
  return [{ path, message: issue.message }];
}

function stepInto(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** A name that someone else made up may be of any length. */
function shortened(key: string): string {
  return key.length > 60 ? `${key.slice(0, 60)}…` : key;
}

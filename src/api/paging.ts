import { z } from 'zod';
import { addressText, type Address } from '../shared/address.js';
import { pageOf, type Page, type PageRequest } from '../store/page.js';
import { cursorScope, decodeCursor, encodeCursor } from './cursor.js';

/** What every list takes. */
export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** The key of lists by time. */
export const timeKeySchema = z.object({ time: z.string(), id: z.string() });

/** Places count per partition of the log: the address distinguishes items with the same place. Older cursors have none. */
const placeSchema = z.object({
  place: z.number(),
  address: z.string().default(''),
});

/**
 * Serves one page of a list.
 * @param list names the list, so that a cursor of another is refused
 * @param query with the list's filters beside `limit` and `cursor`
 */
export async function servePage<Item, Key, Body>(
  list: string,
  { limit, cursor, ...filters }: PageQuery & Readonly<Record<string, unknown>>,
  keySchema: z.ZodType<Key>,
  load: (page: PageRequest<Key>) => Promise<Page<Item, Key>>,
  body: (item: Item) => Body,
): Promise<{ items: Body[]; next: string | null }> {
  const scope = cursorScope(list, filters);
  const after = cursor === undefined ? null : decodeCursor(scope, cursor, keySchema);
  const { items, next } = await load({ limit, after });
  return { items: items.map(body), next: next === null ? null : encodeCursor(scope, next) };
}

/** One page of definitions, which are few enough to be loaded at once, in the order in which they were made. */
export async function serveDefinitions<Defined extends Address & { readonly place: number }, Body>(
  list: string,
  query: PageQuery,
  defined: readonly Defined[],
  bodies: (defined: readonly Defined[]) => Promise<Body[]>,
): Promise<{ items: Body[]; next: string | null }> {
  const load = async ({ limit, after }: PageRequest<z.output<typeof placeSchema>>) => {
    const last = defined.findIndex((one) => one.place === after?.place && addressText(one) === after.address);
    const behind = last < 0 ? defined.filter(({ place }) => place > (after?.place ?? -1)) : defined.slice(last + 1);
    return pageOf(behind, limit, (one) => ({ place: one.place, address: addressText(one) }));
  };
  const page = await servePage(list, { ...query }, placeSchema, load, (definition) => definition);
  return { items: await bodies(page.items), next: page.next };
}

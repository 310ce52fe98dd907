/** A part of a list, and the key of its last item when there are more. */
export interface Page<Item, Key> {
  readonly items: readonly Item[];
  readonly next: Key | null;
}

export interface PageRequest<Key> {
  /** Maximum number of items. */
  readonly limit: number;
  /** The `next` of the page before; null for the first page. */
  readonly after: Key | null;
}

/** Makes a page of one item more than asked for, which tells whether there is a next page. */
export function pageOf<Item, Key>(found: readonly Item[], limit: number, keyOf: (item: Item) => Key): Page<Item, Key> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? keyOf(last) : null };
}

/**
 * A page of those items that a test keeps, where the database cannot make it: reads on until the page is full.
 * @param load reads a page of all items
 */
export async function pageOfKept<Item, Key>(
  load: (page: PageRequest<Key>) => Promise<Page<Item, Key>>,
  keeps: (item: Item) => boolean,
  keyOf: (item: Item) => Key,
  { limit, after }: PageRequest<Key>,
): Promise<Page<Item, Key>> {
  const kept: Item[] = [];
  for (let from = after; ;) {
    // One more than asked for: where all is kept, that is all it takes.
    const { items, next } = await load({ limit: limit + 1, after: from });
    kept.push(...items.filter(keeps));
    if (kept.length > limit || next === null) return pageOf(kept, limit, keyOf);
    from = next;
  }
}

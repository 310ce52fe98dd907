/** A part of a list, and the key of its last item when there are more. */
export interface Page<Item, Key> {
  readonly items: readonly Item[];
  readonly next: Key | null;
}

export interface PageRequest<Key> {
  /** At most so many items. */
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

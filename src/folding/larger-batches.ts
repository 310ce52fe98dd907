/** The same items in the same order, in batches of at least `size`; the last may be smaller. */
export async function* largerBatches<Item>(
  batches: AsyncIterable<readonly Item[]>,
  size: number,
): AsyncGenerator<readonly Item[]> {
  let gathered: Item[] = [];
  for await (const batch of batches) {
    gathered.push(...batch);
    if (gathered.length < size) continue;
    yield gathered;
    gathered = [];
  }
  if (gathered.length > 0) yield gathered;
}

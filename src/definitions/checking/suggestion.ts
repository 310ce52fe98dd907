/**
 * The known word that was probably meant: one that differs in case, hyphens or a plural only, or by few typing errors.
 * Null if none is near.
 */
export function suggestion(word: string, known: readonly string[]): string | null {
  const same = known.find((candidate) => plain(candidate) === plain(word));
  if (same !== undefined) return same;
  const allowed = Math.max(1, Math.floor(word.length / 3));
  const near = known
    .map((candidate) => ({ candidate, distance: typingErrors(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.candidate ?? null;
}

/** "Did you mean …", or the list of what is possible. */
export function meant(word: string, known: readonly string[], what: string): string {
  const near = suggestion(word, known);
  if (near !== null) return `Did you mean "${near}"?`;
  return known.length === 0 ? `No ${what} is defined` : `Known here: ${known.join(', ')}`;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '').replace(/s$/, '');
}

/**
 * Letters to insert, leave out, replace or swap with their neighbour to make one word of the other: the optimal string
 * alignment distance (https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance).
 */
export function typingErrors(from: string, to: string): number {
  const width = to.length + 1;
  const table = new Array<number>((from.length + 1) * width).fill(0);
  const at = (row: number, column: number) => table[row * width + column] ?? 0;
  for (let row = 0; row <= from.length; row++) {
    for (let column = 0; column <= to.length; column++) {
      table[row * width + column] = cell(from, to, row, column, at);
    }
  }
  return at(from.length, to.length);
}

function cell(
  from: string,
  to: string,
  row: number,
  column: number,
  at: (row: number, column: number) => number,
): number {
  if (row === 0 || column === 0) return row + column;
  const replaced = at(row - 1, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
  const best = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, replaced);
  const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
  return swapped ? Math.min(best, at(row - 2, column - 2) + 1) : best;
}

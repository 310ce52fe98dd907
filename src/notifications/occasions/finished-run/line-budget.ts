/** A line, or instead of some that there was no room for, how many. */
export type KeptLine<Line> =
  { readonly kind: 'line'; readonly line: Line } | { readonly kind: 'gap'; readonly lines: number };

/** The end of a protocol says how it came out: so many of the last lines are kept before all others. */
const lastLines = 100;

/**
 * As many lines as a budget of characters has room for, in their order: the last ones, then the important ones, then
 * from the beginning on. Where lines are missing, a gap says how many.
 * @param size the characters that a line takes
 */
export function withinBudget<Line>(
  lines: readonly Line[],
  characters: number,
  size: (line: Line) => number,
  isImportant: (line: Line) => boolean,
): readonly KeptLine<Line>[] {
  const kept = new Set<Line>();
  let left = characters;
  for (const line of [...lines.slice(-lastLines), ...lines.filter(isImportant), ...lines]) {
    if (kept.has(line)) continue;
    left -= size(line);
    if (left < 0) break;
    kept.add(line);
  }
  const result: KeptLine<Line>[] = [];
  let missing = 0;
  for (const line of lines) {
    if (!kept.has(line)) missing += 1;
    else {
      if (missing > 0) result.push({ kind: 'gap', lines: missing });
      missing = 0;
      result.push({ kind: 'line', line });
    }
  }
  if (missing > 0) result.push({ kind: 'gap', lines: missing });
  return result;
}
